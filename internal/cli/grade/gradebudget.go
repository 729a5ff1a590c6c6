package grade

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/grade"
)

// defaultBudget is how long one probe may take, and all of them.
const defaultBudget = "60s/10m"

// A budget bounds a grade; 0 is no bound.
type budget struct {
	probe, total time.Duration
	webhooks     int
}

// budgetOf reads PROBE/TOTAL or TOTAL. What is left out has the default.
func budgetOf(text string) (budget, error) {
	b := budget{probe: time.Minute, total: 10 * time.Minute}
	probe, total, both := strings.Cut(text, "/")
	if !both {
		probe, total = "", text
	}
	var ok bool
	if b.probe, ok = boundOf(probe, b.probe); both && !ok {
		return budget{}, budgetError(text)
	}
	if n, err := strconv.Atoi(total); err == nil && n > 0 {
		b.webhooks = n
		return b, nil
	}
	if b.total, ok = boundOf(total, b.total); !ok {
		return budget{}, budgetError(text)
	}
	return b, nil
}

// boundOf reads a time, or none.
func boundOf(text string, fallback time.Duration) (time.Duration, bool) {
	if text == "none" {
		return 0, true
	}
	d, err := document.ParseDuration(text)
	if err != nil || d <= 0 {
		return fallback, false
	}
	return d, true
}

func budgetError(text string) error {
	return fmt.Errorf("read --budget: %q is not PROBE/TOTAL (for example %s) or TOTAL: a time, none or, in total, a number of webhooks", text, defaultBudget)
}

// identityOf reads the values of --with.
func identityOf(texts []string) (map[string]string, error) {
	values := map[string]string{}
	for _, text := range texts {
		name, value, found := strings.Cut(text, "=")
		if !found || value == "" {
			return nil, fmt.Errorf("%q is not NAME=VALUE (for example app.phone=919000000001); the names are %s", text, strings.Join(grade.IdentityNames(), ", "))
		}
		if names := grade.IdentityNames(); !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s is not a value of the application; %s", document.Quote(name), document.OneOf(name, names))
		}
		values[name] = value
	}
	return values, nil
}
