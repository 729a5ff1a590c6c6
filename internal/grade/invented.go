package grade

import (
	"fmt"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// An invented has the phone numbers and message IDs that Ringback generated. A report shows them,
// and masks all others: those of the user's options and those that the consumer sent first.
type invented struct {
	mu sync.Mutex
	// by the digits of a number, or the text of an ID
	ours, theirs map[string]bool
}

func newInvented() *invented { return &invented{ours: map[string]bool{}, theirs: map[string]bool{}} }

// addOurs adds the numbers and IDs of a text that Ringback wrote.
func (v *invented) addOurs(text string) { v.learn(text, v.ours, v.theirs) }

// addTheirs adds those of a text of the user or the consumer.
func (v *invented) addTheirs(text string) { v.learn(text, v.theirs, v.ours) }

// learn adds what would be masked in a text, unless the other side had it first.
func (v *invented) learn(text string, as, unless map[string]bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	schemas.MaskPhonesExcept(text, func(run string) bool {
		if one := bare(run); !unless[one] {
			as[one] = true
		}
		return true
	})
}

// mask hides the phone numbers of a text that Ringback didn't generate. A number without its
// country code matches by its end.
func (v *invented) mask(text string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return schemas.MaskPhonesExcept(text, func(run string) bool {
		one := bare(run)
		return v.ours[one] || !v.theirs[one] && v.ends(one)
	})
}

// ends reports whether a generated number ends with these digits.
func (v *invented) ends(digits string) bool {
	for one := range v.ours {
		if len(one) > len(digits) && len(one)-len(digits) <= maxCountry && strings.HasSuffix(one, digits) {
			return true
		}
	}
	return false
}

// maxCountry is the maximum number of digits of a country code.
const maxCountry = 3

// bare is a phone number without formatting; an ID is unchanged.
func bare(run string) string {
	if strings.ContainsFunc(run, func(r rune) bool { return r >= 'A' && r <= 'z' }) {
		return run
	}
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, run)
}

// identify sets the application's own values in the webhooks.
func (b *harness) identify(given map[string]string) error {
	for _, name := range value.Names() {
		text, ok := given[name]
		if !ok || !strings.HasPrefix(name, identityPrefix) {
			continue
		}
		kind, _ := value.KindOf(name)
		v, err := value.Read(kind, text)
		if err != nil {
			return fmt.Errorf("read the application's %s: %w", name, err)
		}
		b.identity = append(b.identity, scenarios.Setting{Name: name, Text: v.Text(), Literal: true, Anywhere: true})
		b.provider.invented.addTheirs(text)
		b.provider.invented.addTheirs(v.Text())
	}
	for name := range given {
		if _, known := value.KindOf(name); !known || !strings.HasPrefix(name, identityPrefix) {
			return fmt.Errorf("read identity: %s is not a value of the application; %s", document.Quote(name), document.OneOf(name, IdentityNames()))
		}
	}
	return nil
}

const identityPrefix = "app."

// IdentityNames returns the valid names of [Options.Identity].
func IdentityNames() []string {
	var all []string
	for _, name := range value.Names() {
		if strings.HasPrefix(name, identityPrefix) {
			all = append(all, name)
		}
	}
	return all
}
