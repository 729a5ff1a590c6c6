package document

import "regexp"

// form is a body of application/x-www-form-urlencoded: pairs of a name and a
// value, in which everything but letters, digits and a few signs is escaped.
var form = regexp.MustCompile(`^[\w.%+*\[\]-]+=[^\s&="{}<>\\]*(&[\w.%+*\[\]-]+=[^\s&="{}<>\\]*)*$`)

// formValue is a pair with a value: Base64 ends in "=", too.
var formValue = regexp.MustCompile(`=[^&=]`)

// IsForm reports whether a text is a form (application/x-www-form-urlencoded). A form has one line.
func IsForm(text []byte) bool { return formValue.Match(text) && form.Match(text) }
