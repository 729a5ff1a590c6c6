package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// magicPage fills the tables of docs/magic.md: the magic recipients, and what each provider says of a failure.
func magicPage(old string) (string, error) {
	magic, err := shipped.Magic()
	if err != nil {
		return "", err
	}
	catalog, err := shipped.Catalog()
	if err != nil {
		return "", err
	}
	errors, err := errorTable(magic, catalog)
	if err != nil {
		return "", err
	}
	return fill(old, map[string]string{"recipients": magicTable(magic), "errors": errors})
}

func magicTable(magic *scenarios.Magic) string {
	var b strings.Builder
	b.WriteString("| ends in | what happens | scenario |\n|---|---|---|\n")
	for _, one := range append(slices.Clone(magic.Recipients), magic.Others) {
		digits := "`" + one.Digits + "`"
		if one.Digits == "" {
			digits = "anything else"
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", digits, one.Description, strings.Join(one.Scenarios, "`, else `"))
	}
	return b.String()
}

// errorTable shows of each recipient whose message fails what each route says of
// it. Routes that say the same share a column; those that give no reason have none.
func errorTable(magic *scenarios.Magic, catalog *schemas.Catalog) (string, error) {
	var failing []scenarios.Recipient
	for _, one := range magic.Recipients {
		if len(one.Reasons) > 0 {
			failing = append(failing, one)
		}
	}
	var heads []string
	var columns [][]string
	for _, route := range cli.Routes(catalog) {
		var column []string
		for _, one := range failing {
			text, err := reasonText(magic, route, one.Digits)
			if err != nil {
				return "", err
			}
			column = append(column, text)
		}
		i := slices.IndexFunc(columns, func(other []string) bool { return slices.Equal(other, column) })
		switch {
		case strings.Trim(strings.Join(column, ""), "-") == "":
		case i >= 0:
			heads[i] += "<br>`" + route.Name + "`"
		default:
			heads, columns = append(heads, "`"+route.Name+"`"), append(columns, column)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| ends in | %s |\n|---|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for n, one := range failing {
		fmt.Fprintf(&b, "| `%s`", one.Digits)
		for _, column := range columns {
			fmt.Fprintf(&b, " | %s", column[n])
		}
		b.WriteString(" |\n")
	}
	return b.String(), nil
}

// reasonText is what a route says of a failure, in the provider's own words.
func reasonText(magic *scenarios.Magic, route *schemas.Route, digits string) (string, error) {
	_, with, ok := magic.For("9190000"+digits, script.RouteOf(route))
	if !ok {
		return "", fmt.Errorf("find the scenario of magic recipient %s for %s", digits, route.Name)
	}
	for _, one := range with {
		if one.Name != "error" {
			continue
		}
		reason, err := route.Reason(one.Text)
		if err != nil {
			return "", err
		}
		words := strings.Fields(strings.Join([]string{reason.Code, reason.Status}, " "))
		if len(words) == 0 {
			words = strings.Fields(reason.Text)
		}
		return document.Shorten(strings.Join(words, " "), 40), nil
	}
	return "-", nil
}
