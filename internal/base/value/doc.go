// Package value knows the values of a run: what they are called, what kind
// each is, and how each is spelled on the wire.
//
// A provider writes the moment of a delivery as 1617985655, as "1617985655" or
// as "2021-04-09T16:27:35.000000Z". Ringback keeps one [Value] and lets the data
// files name the [Format]. A format is used in both directions: Text puts
// a value into a body that is sent, Parse gets it out of a body that was
// captured.
//
//	kind, _ := value.KindOf("message.delivered_at")            // value.Time
//	format, err := value.ParseFormat(kind, "rfc3339_micro") // checked when data is loaded
//	inJSON, err := format.Text(value.OfTime(at))            // "2021-04-09T16:27:35.000000Z"
//	again, err := format.Parse(inJSON)                        // value.OfTime(at)
//
// Ids, headers and the like are texts with values in them: a [Template], such
// as "api-{{recipient.phone}}-{{random|hex 32}}".
//
// The names, kinds, formats and the grammar of templates are closed lists;
// docs/data.md, section "Values", is their law. The package is pure: what is
// random comes from a [Source] that the caller seeds. No error quotes a value,
// for it may be a phone number or a secret.
package value
