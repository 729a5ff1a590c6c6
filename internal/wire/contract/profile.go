package contract

import (
	_ "embed"
	"fmt"
	"regexp"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
)

//go:embed profiles.yaml
var profilesYAML string

// A Profile is the retry schedule of a known provider.
type Profile struct {
	Name   string
	Source string `key:"source,required"`
	// Assumed: the provider doesn't publish its delays; these are estimates.
	Assumed bool `key:"assumed" oneof:"true"`
	// HeadOfLine: an event that fails delays the following ones.
	HeadOfLine bool `key:"head_of_line"`
	Schedule
}

// NamedProfile returns a profile of [Profiles].
func NamedProfile(name string) (Profile, error) {
	all, err := Profiles()
	if err != nil {
		return Profile{}, err
	}
	var names []string
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("read retry profile: unknown profile %s; %s", document.Quote(name), document.OneOf(name, names))
}

// Profiles returns the shipped profiles, in the order of profiles.yaml. They are read once and
// shared: don't change them.
func Profiles() ([]Profile, error) { return loadProfiles() }

var loadProfiles = sync.OnceValues(func() ([]Profile, error) { return readProfiles("profiles.yaml", profilesYAML) })

func readProfiles(name, source string) ([]Profile, error) {
	file, err := document.ReadYAML(name, []byte(source))
	if err != nil {
		return nil, err
	}
	var declared document.Entries[Profile]
	if err := file.Decode(&file.Root, &declared); err != nil {
		return nil, err
	}
	all := make([]Profile, len(declared))
	for i, one := range declared {
		all[i] = one.Value
		all[i].Name = one.Name
	}
	return all, nil
}

// StatusCodes are HTTP status codes and classes of them: "200", "2xx".
type StatusCodes []string

var statusCode = regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)

// UnmarshalNode reads a list of at least one code.
func (c *StatusCodes) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if len(n.Elements()) == 0 {
		d.Errorf(n, "expected a list of status codes (for example [2xx] or [200, 202]), found %s", n.Describe())
	}
	for i := range n.Elements() {
		item := &n.Items[i]
		if !statusCode.MatchString(item.Text) {
			d.Errorf(item, "expected a status code or a class of them (for example 200 or 2xx), found %s", item.Describe())
		}
		*c = append(*c, item.Text)
	}
}
