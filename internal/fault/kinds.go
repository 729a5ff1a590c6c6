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
		countSetting("every", "1", "fires on every so many-th candidate only", func(f *Fault) *int { return &f.every }),
		countSetting("count", "", "fires at most so often", func(f *Fault) *int { return &f.count }),
		untilSetting(),
	}
}

func definitions() []definition {
	return slices.Concat(planFaults(), bodyFaults(), signatureFaults(), []definition{
		{"content-type", StageTransport, "the body comes under a wrong content type", []setting{contentTypeSetting()}, ""},
	})
}

func planFaults() []definition {
	copies := countSetting("copies", "1", "how many more times it is sent, under the same id", func(f *Fault) *int { return &f.copies })
	return []definition{
		{"duplicate", StagePlan, "the same event again, some time later",
			[]setting{copies, delaySetting("after", "1s", "how long after the one before")}, ""},
		{"concurrent", StagePlan, "the same event several times in the same instant", []setting{copies}, ""},
		{"reorder", StagePlan, "events that stand near each other change places", []setting{windowSetting()}, ""},
		{"drop", StagePlan, "the event is never sent", nil, ""},
		{"delay", StagePlan, "the event is sent later than planned",
			[]setting{delaySetting("by", "10s", "how much later")}, ""},
	}
}

func bodyFaults() []definition {
	at := func(description string) []setting { return []setting{fieldSetting(description)} }
	return []definition{
		{"truncate", StageBody, "the body ends before its end", []setting{atSetting()}, ""},
		{"invalid-utf8", StageBody, "a text holds the byte 0xff", at("the text; else one at random"), ""},
		{"bom", StageBody, "a byte order mark stands before the body", nil, ""},
		{"malformed-json", StageBody, "one byte of the JSON's structure is lost", nil, ""},
		{"unknown-event", StageBody, "the event has a name that is not documented",
			at("the level of the name; else the innermost"), ""},
		{"unknown-field", StageBody, "an object has a key more than documented",
			at("the object; else the body, or its first item"), ""},
		{"unlisted-value", StageBody, "an open set has a value more than documented",
			at("the value; else one open set after another"), ""},
		{"missing-field", StageBody, "an optional key is absent", at("the key; else one optional key after another"), ""},
		{"null-value", StageBody, "a value is null", at("the value; else one at random"), ""},
		{"number-as-string", StageBody, "a number is quoted", at("the number; else one at random"), ""},
		{"escape-non-ascii", StageBody, `é is written \u00e9: other bytes, the same meaning`, nil, ""},
		{"poison-item", StageBody, "a bad item stands between good ones of a batch", nil, ""},
	}
}

func signatureFaults() []definition {
	return []definition{
		{"wrong-key", StageSignature, "signed with another key", nil, "wrong-key"},
		{"stale", StageSignature, "signed too long ago", nil, "stale"},
		{"future", StageSignature, "signed at a time to come", nil, "future"},
		{"tampered", StageSignature, "the body is not the one that was signed", nil, "tampered"},
		{"missing-signature", StageSignature, "not signed at all", nil, "missing"},
		{"doubled-signature", StageSignature, "the header of the signature stands there twice", nil, "doubled"},
		{"upper-case-signature", StageSignature, "the hexadecimal digits are upper case", nil, "upper-case"},
	}
}
