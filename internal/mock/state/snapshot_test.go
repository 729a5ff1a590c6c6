package state

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A snapshot with more than a state keeps is rejected as a whole; one that just fits is kept as a
// whole.
func TestImport_RejectsBeyondBounds(t *testing.T) {
	t.Parallel()
	const messages, mediaBytes = 3, 10
	rules := Rules{Messages: messages, MediaBytes: mediaBytes}
	for name, c := range map[string]struct {
		bound int
		of    func(n int) Snapshot
		want  string
	}{
		"subscriptions": {maxCount, func(n int) (s Snapshot) {
			for i := range n {
				s.Subscriptions = append(s.Subscriptions, Subscription{ID: fmt.Sprint(i), URL: "http://127.0.0.1/"})
			}
			return s
		}, "/subscriptions has 10001 entries; at most 10000 can be stored"},
		"contacts": {maxCount, func(n int) (s Snapshot) {
			for i := range n {
				s.Contacts = append(s.Contacts, Contact{Phone: fmt.Sprint(i)})
			}
			return s
		}, "/contacts has 10001 entries; at most 10000 can be stored"},
		"service windows": {maxCount, func(n int) (s Snapshot) {
			for i := range n {
				s.ServiceWindows = append(s.ServiceWindows, ServiceWindow{Phone: fmt.Sprint(i)})
			}
			return s
		}, "/service_windows has 10001 entries; at most 10000 can be stored"},
		"templates": {maxCount, func(n int) (s Snapshot) {
			for i := range n {
				s.Templates = append(s.Templates, Template{ID: fmt.Sprint(i), Status: approved})
			}
			return s
		}, "/templates has 10001 entries; at most 10000 can be stored"},
		"tokens": {maxCount, func(n int) (s Snapshot) {
			for i := range n {
				s.Tokens = append(s.Tokens, Token{Value: fmt.Sprint(i)})
			}
			return s
		}, "/tokens has 10001 entries; at most 10000 can be stored"},
		"accounts": {maxCount, func(n int) (s Snapshot) {
			s.Accounts = map[string]Account{}
			for i := range n {
				s.Accounts[fmt.Sprint(i)] = Account{Status: active}
			}
			return s
		}, "/accounts has 10001 entries; at most 10000 can be stored"},
		"messages": {messages, func(n int) (s Snapshot) {
			for i := range n {
				s.Messages = append(s.Messages, Message{ID: fmt.Sprint(i), Provider: "netcore"})
			}
			return s
		}, "/messages has 4 entries; at most 3 can be stored"},
		"media": {maxCount, func(n int) (s Snapshot) {
			for i := range n {
				s.Media = append(s.Media, Media{ID: fmt.Sprint(i)})
			}
			return s
		}, "/media has 10001 entries; at most 10000 can be stored"},
		"bytes of media": {mediaBytes, func(n int) (s Snapshot) {
			for i := range n {
				s.Media = append(s.Media, Media{ID: fmt.Sprint(i), Bytes: []byte("x")})
			}
			return s
		}, "the bytes in /media are 11; at most 10 can be stored"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, err := Import(rules, c.of(c.bound))
			require.NoError(t, err)
			got := kept.Export(true)
			sum := len(got.Subscriptions) + len(got.Contacts) + len(got.ServiceWindows) + len(got.Templates) + len(got.Tokens) + len(got.Accounts) + len(got.Messages) + len(got.Media)
			require.Equal(t, c.bound, sum)
			_, err = Import(rules, c.of(c.bound+1))
			require.ErrorContains(t, err, c.want)
		})
	}
}
