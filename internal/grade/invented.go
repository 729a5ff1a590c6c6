package grade

import (
	"fmt"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/value"
)

// Invented are the phone numbers and message ids that Ringback made up: those of the
// bodies that it wrote, but for what the user gave it and what the consumer said first.
// A report shows them as they are, and hides all others.
type invented struct {
	mu sync.Mutex
	// by the digits of a number, or the text of an id
	ours, theirs map[string]bool
}

func newInvented() *invented { return &invented{ours: map[string]bool{}, theirs: map[string]bool{}} }

// addOurs learns what is in a text that Ringback wrote.
func (v *invented) addOurs(text string) { v.learn(text, v.ours, v.theirs) }

// was told what is in a text that somebody else wrote.
func (v *invented) addTheirs(text string) { v.learn(text, v.theirs, v.ours) }

// label notes what is masked in a text, unless the other side said it first.
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

// mask hides the phone numbers of a text that were not made up. A number without its
// country is the one that ends so.
func (v *invented) mask(text string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return schemas.MaskPhonesExcept(text, func(run string) bool {
		one := bare(run)
		return v.ours[one] || !v.theirs[one] && v.ends(one)
	})
}

// ends reports whether a number that was made up ends so.
func (v *invented) ends(digits string) bool {
	for one := range v.ours {
		if len(one) > len(digits) && len(one)-len(digits) <= maxCountry && strings.HasSuffix(one, digits) {
			return true
		}
	}
	return false
}

// longestCountry is how many digits the code of a country has at most.
const maxCountry = 3

// bare is a phone number without what makes it readable; an id is itself.
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

// identify makes the webhooks carry values of the application that were given.
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

// IdentityNames are the names of [Options.Identity].
func IdentityNames() []string {
	var all []string
	for _, name := range value.Names() {
		if strings.HasPrefix(name, identityPrefix) {
			all = append(all, name)
		}
	}
	return all
}
