package report

import (
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// ruleText explains a rule of findings in a sentence.
func ruleText(rule string) string {
	texts := map[string]string{
		webhook.RuleSyntax:        "The body isn't JSON.",
		webhook.RuleNumber:        "A number is too large or too long to hold.",
		webhook.RuleDiscriminator: "The key that identifies the event type is missing or isn't a string.",
		webhook.RulePlaceholder:   "A placeholder of the provider's documentation is in the place of a value.",
		webhook.RuleUnknownField:  "A key isn't listed in the provider's contract: the provider may have added it.",
		webhook.RuleUnlistedValue: "A value isn't listed in the provider's contract, in an open enum: the provider may have added it.",
		webhook.RuleFormat:        "A value isn't written in the format of the provider's contract.",
		webhook.RuleImplausible:   "A value is out of range, for example a time in another unit.",
		webhook.RuleLeftover:      "An ID, a phone number, an address, a name or a time is empty or a placeholder.",
		"incoherent":              "Values don't fit together: the provider sends no such body.",
		"unreal-shape":            "The keys of the body don't occur together, or one is missing that is always sent.",
		webhook.RuleDuplicateKey:  "A key appears twice in one object; parsers read different values.",
		webhook.RuleLoneSurrogate: "An escape encodes half a character; parsers read it differently.",
		webhook.RuleByteOrderMark: "A byte order mark precedes the JSON; some parsers reject it.",
		webhook.RuleSignature:     "The webhook isn't signed as its provider signs, or with another secret.",
		webhook.RuleUnrecognized:  "No event type of the catalog resembles the body.",
		webhook.RuleLimit:         "The body is too large, too deep or has too many values to be validated.",
		sequence.Name:             "Items of a capture don't fit together, for example a message that was read before it was sent.",
		webhook.RuleMore:          "There are more findings than are listed.",
		"required":                "A required key is missing.",
		"type":                    "A value has a type that the provider's contract doesn't allow.",
		"enum":                    "A value isn't one of those that the provider's contract allows.",
		"const":                   "A value isn't the one that the provider's contract requires.",
	}
	if text := texts[rule]; text != "" {
		return text
	}
	return "The provider's contract rejects a value (JSON Schema keyword " + rule + ")."
}
