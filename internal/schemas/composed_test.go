package schemas

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

// Any event type may be composed: its schema without presence is valid, and accepts each example and
// each single member of it.
func TestComposed_EveryType(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	for _, one := range catalog.Types() {
		part, err := one.composed()
		require.NoError(t, err, one.Name)
		examples, err := one.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			body, _, err := document.JSON(e.Body, document.BodyLimits())
			require.NoError(t, err)
			require.True(t, part.program().Valid(&body), "%s/%s", one.Name, e.Name)
			for _, m := range body.Members {
				alone := document.Node{Kind: document.Object, Members: []document.Member{m}}
				require.True(t, part.program().Valid(&alone), "%s/%s: %s alone", one.Name, e.Name, m.Key)
			}
		}
	}
}

// What a template leaves out isn't missed, and each value is validated; without the template, the same
// form is unknown.
func TestValidator_Composed(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	file, err := document.ReadYAML("t.yaml", []byte("type: mobtexting/sms.message.status\ncontent_type: application/x-www-form-urlencoded\nbody: s={{status}}&n={{units}}&t={{deliv_time}}"))
	require.NoError(t, err)
	template, err := request.ReadTemplate(file, func(name string) (request.Variables, func([][]string) error, error) {
		one, err := catalog.Type(name)
		return one.URLVariables(), one.CheckVariables, err
	})
	require.NoError(t, err)
	composed, err := catalog.Validator(Scope{Route: "mobtexting", Composed: template})
	require.NoError(t, err)
	plain, err := catalog.Validator(Scope{Route: "mobtexting"})
	require.NoError(t, err)
	for form, want := range map[string]struct {
		level   webhook.Level
		rule    string
		pointer string
		column  int
	}{
		"s=DELIVRD&n=2&t=2026-03-01+10%3A00%3A00":   {webhook.LevelOK, "", "", 0},
		"s=DELIVRD&n=two&t=2026-03-01+10%3A00%3A00": {webhook.LevelError, "type", "/units", 13},
		"s=DELIVRD&n=2&t=1764400500":                {webhook.LevelError, "format", "/deliv_time", 17},
		"s=NEW&n=2&t=2026-03-01+10%3A00%3A00":       {webhook.LevelDrift, "unlisted-value", "/status", 3},
		"s=DELIVRD&n=2":                             {webhook.LevelError, "required", "/t", 1},
	} {
		verdict := composed.Body([]byte(form), time.Time{})[0].Verdict
		require.Equal(t, want.level, verdict.Level, "%s: %+v", form, verdict.Findings)
		if want.rule != "" {
			f := verdict.Findings[0]
			require.Equal(t, []any{want.rule, want.pointer, want.column}, []any{f.Rule, f.Pointer, f.Column}, form)
		}
		require.Equal(t, webhook.LevelUnknown, plain.Body([]byte(form), time.Time{})[0].Verdict.Level, form)
	}
}
