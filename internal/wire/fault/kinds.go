package fault

import "slices"

// A Kind describes a fault for help, documentation and lint.
type Kind struct {
	Name        string
	Stage       Stage
	Description string
	// Parameters are the fault's own. The name of the first may be left out: "truncate:10" is
	// "truncate:at=10".
	Parameters []Parameter
}

// A Parameter describes one parameter of a fault.
type Parameter struct {
	Name string
	// Type is count, probability, duration, distribution, window, bytes, pointer or text.
	Type string
	// Default is the default value in the notation of [Parse], or "".
	Default     string
	Description string
}

// Kinds lists every fault, by stage.
func Kinds() []Kind {
	var kinds []Kind
	for _, d := range definitions() {
		kinds = append(kinds, Kind{d.name, d.stage, d.description, describe(d.own)})
	}
	return kinds
}

// Conditions lists the parameters that every fault has, in addition to its own.
func Conditions() []Parameter { return describe(conditions()) }

func describe(settings []setting) []Parameter {
	var parameters []Parameter
	for _, s := range settings {
		parameters = append(parameters, s.Parameter)
	}
	return parameters
}

type definition struct {
	name           string
	stage          Stage
	description    string
	own            []setting
	signatureFault string
}

func lookUp(name string) definition {
	all := definitions()
	if i := slices.IndexFunc(all, func(d definition) bool { return d.name == name }); i >= 0 {
		return all[i]
	}
	return definition{}
}

// settings returns all parameters of a fault, with its conditions.
func (d definition) settings() []setting { return slices.Concat(d.own, conditions()) }

func conditions() []setting {
	return []setting{
		probabilitySetting(),
		countSetting("every", "1", "fires only on every nth candidate", func(f *Fault) *int { return &f.every }),
		countSetting("count", "", "maximum number of firings", func(f *Fault) *int { return &f.count }),
		untilSetting(),
	}
}

func definitions() []definition {
	return slices.Concat(planFaults(), bodyFaults(), signatureFaults(), []definition{
		{"content-type", StageTransport, "the body has another content type", []setting{contentTypeSetting()}, ""},
	})
}

func planFaults() []definition {
	copies := countSetting("copies", "1", "number of copies, with the same ID", func(f *Fault) *int { return &f.copies })
	return []definition{
		{"duplicate", StagePlan, "sends the event again later",
			[]setting{copies, delaySetting("after", "1s", "delay after the previous one")}, ""},
		{"concurrent", StagePlan, "sends the event several times at the same time", []setting{copies}, ""},
		{"reorder", StagePlan, "changes the order of adjacent events", []setting{windowSetting()}, ""},
		{"drop", StagePlan, "never sends the event", nil, ""},
		{"delay", StagePlan, "sends the event later than planned",
			[]setting{delaySetting("by", "10s", "how much later it is sent")}, ""},
	}
}

func bodyFaults() []definition {
	at := func(description string) []setting { return []setting{fieldSetting(description)} }
	return []definition{
		{"truncate", StageBody, "cuts the end of the body off", []setting{atSetting()}, ""},
		{"invalid-utf8", StageBody, "inserts the byte 0xff into a string", at("the string (default: random)"), ""},
		{"bom", StageBody, "inserts a byte order mark before the body", nil, ""},
		{"malformed-json", StageBody, "removes one byte of the JSON structure", nil, ""},
		{"unknown-event", StageBody, "renames the event to an undocumented name",
			at("the level of the name (default: the innermost)"), ""},
		{"unknown-field", StageBody, "adds an undocumented key to an object",
			at("the object (default: the body, or its first item)"), ""},
		{"unlisted-value", StageBody, "sets an open enum to an undocumented value",
			at("the value (default: each open enum in turn)"), ""},
		{"missing-field", StageBody, "removes an optional key", at("the key (default: each optional key in turn)"), ""},
		{"null-value", StageBody, "sets a value to null", at("the value (default: random)"), ""},
		{"number-as-string", StageBody, "quotes a number", at("the number (default: random)"), ""},
		{"escape-non-ascii", StageBody, `writes é as \u00e9: other bytes, the same JSON`, nil, ""},
		{"poison-item", StageBody, "inserts an invalid item between the valid ones of a batch", nil, ""},
	}
}

func signatureFaults() []definition {
	return []definition{
		{"wrong-key", StageSignature, "signs with another key", nil, "wrong-key"},
		{"stale", StageSignature, "signs with a time that is too old", nil, "stale"},
		{"future", StageSignature, "signs with a time in the future", nil, "future"},
		{"tampered", StageSignature, "signs another body", nil, "tampered"},
		{"missing-signature", StageSignature, "does not sign", nil, "missing"},
		{"doubled-signature", StageSignature, "adds an invalid signature before the valid one", nil, "doubled"},
		{"upper-case-signature", StageSignature, "writes hexadecimal digits in upper case", nil, "upper-case"},
	}
}
