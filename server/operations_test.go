package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/callspec"
)

func TestOperations_Find(t *testing.T) {
	t.Parallel()
	operation := func(name, method, path string, vars map[string][]string) mount {
		return mount{&callspec.Operation{Name: name, Method: method, Path: path, Vars: vars}, "/acme"}
	}
	o := operationsOf([]mount{
		operation("list", "GET", "/app/list", nil),
		operation("send", "POST", "/{channel}/send", map[string][]string{"channel": {"sms", "v3"}}),
		operation("get", "GET", "/app/{id}", nil),
		operation("any", "POST", "/{app}/send", nil),
	})
	for call, want := range map[[2]string]string{
		{"GET", "/acme/app/list"}:   "list",
		{"GET", "/acme/app/a%2Fb"}:  "get",
		{"GET", "/acme/app/"}:       "",
		{"GET", "/acme/app/list/"}:  "list", // a slash at the end doesn't count
		{"GET", "/acme/app/list//"}: "",
		{"GET", "/"}:                "",
		{"GET", "/acme/app"}:        "",
		{"PUT", "/acme/app/list"}:   "",
		{"POST", "/acme/sms/send"}:  "send",
		{"POST", "/acme/fax/send"}:  "any",
		{"POST", "/acme//send"}:     "",
		{"POST", "/acne/sms/send"}:  "",
		{"POST", "/acme/sms/sends"}: "",
	} {
		found, ok := o.find(call[0], call[1])
		require.Equal(t, want != "", ok, call)
		if ok {
			require.Equal(t, want, found.api.Name, call)
		}
	}
	found, _ := o.find("GET", "/acme/app/a%2Fb")
	require.Equal(t, map[string]string{"id": "a%2Fb"}, found.vars("/acme/app/a%2Fb"), "as it is escaped")
}
