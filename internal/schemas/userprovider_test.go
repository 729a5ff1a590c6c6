package schemas_test

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

func TestValidate_UserProviderBatch(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog(os.DirFS(userProviders))
	require.NoError(t, err)
	body, err := os.ReadFile(userProviders + "/acme/sms.status/invalid/batch-second-at-string.json")
	require.NoError(t, err)
	items := validateBody(t, catalog, schemas.Scope{}, body)
	require.Len(t, items, 2)
	require.Equal(t, "/events/0", items[0].Pointer)
	require.Equal(t, webhook.LevelOK, items[0].Verdict.Level)
	require.Equal(t, "/events/1", items[1].Pointer)
	require.Equal(t, webhook.LevelError, items[1].Verdict.Level)
	require.Equal(t, "acme/sms.status", items[1].Verdict.Type)
	require.Len(t, items[1].Verdict.Findings, 1)
	finding := items[1].Verdict.Findings[0]
	require.Equal(t, "/events/1/at", finding.Pointer)
	require.Equal(t, "type", finding.Rule)
	require.Equal(t, 19, finding.Line)
}

func TestValidate_UserProviderVariants(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog(os.DirFS(userProviders))
	require.NoError(t, err)
	for file, form := range map[string]string{"documented": "documented", "observed": "observed", "observed-failed": "observed"} {
		body, err := os.ReadFile(userProviders + "/acme/whatsapp.status/examples/" + file + ".json")
		require.NoError(t, err)
		items := validateBody(t, catalog, schemas.Scope{}, body)
		require.Equal(t, form, items[0].Verdict.Variant, file)
	}
}

func TestLoad_UserProvider(t *testing.T) {
	t.Parallel()
	tree := os.DirFS(userProviders)
	catalog, err := shipped.Catalog(tree)
	require.NoError(t, err)
	shipped, err := shipped.Catalog()
	require.NoError(t, err)
	require.Len(t, catalog.Providers, len(shipped.Providers)+1)
	acme, err := catalog.Provider("acme")
	require.NoError(t, err)
	require.Len(t, acme.Types, 4)
	require.Empty(t, catalog.Lint(acme))
	for _, eventType := range acme.Types {
		t.Run(eventType.Name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, eventType.CanonicalEvents(), "no canonical event names it")
			examples, err := eventType.Examples()
			require.NoError(t, err)
			require.NotEmpty(t, examples)
			for _, example := range examples {
				items := validateBody(t, catalog, schemas.Scope{}, example.Body)
				for _, item := range items {
					require.Equal(t, webhook.LevelOK, item.Verdict.Level, "%s: %v", example.Name, item.Verdict.Findings)
					require.Equal(t, eventType.Name, item.Verdict.Type, example.Name)
					require.Equal(t, "acme", item.Verdict.Provider, example.Name)
				}
			}
			invalid, err := eventType.Invalid()
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(invalid), 2)
			for _, body := range invalid {
				items := validateBody(t, catalog, schemas.Scope{Type: eventType.Name}, body.Body)
				rejected := slices.ContainsFunc(items, func(item webhook.Item) bool { return item.Verdict.Level == webhook.LevelError })
				require.True(t, rejected, body.Name)
			}
		})
	}
}

func TestProviderAt(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog(os.DirFS(userProviders))
	require.NoError(t, err)
	for host, want := range map[string]string{
		"api.gupshup.io": "gupshup", "partner.gupshup.io": "gupshup", "portal.mobtexting.com": "mobtexting", "wb.omni.tatatelebusiness.com": "tata-omni",
		"soipapi.netcorecloud.com": "netcore", "api.acme.example": "acme", "gupshup.io": "", "x.api.gupshup.io": "", "localhost": "", "": "",
	} {
		got := ""
		if p := catalog.ProviderAt(host); p != nil {
			got = p.Name
		}
		require.Equal(t, want, got, host)
	}
	for _, p := range catalog.Providers {
		require.NotEmpty(t, p.Hosts, p.Name)
		require.Subset(t, catalog.Hosts(), p.Hosts)
	}
}
