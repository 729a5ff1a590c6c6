package webhook

// The rules of findings that aren't JSON Schema keywords. All other rules are the name of
// the keyword that a value violates: "required", "type", "const", "enum" and so on.
const (
	// RuleSyntax means that the body isn't JSON.
	RuleSyntax = "syntax"
	// RuleNumber means that a number is too large or too long.
	RuleNumber = "number"
	// RuleDiscriminator means that the key that identifies the event type is missing or
	// isn't a string.
	RuleDiscriminator = "discriminator"
	// RulePlaceholder means that a placeholder of the documentation replaces a value.
	RulePlaceholder = "placeholder"
	// RuleUnknownField means that the contract doesn't list a key.
	RuleUnknownField = "unknown-field"
	// RuleUnlistedValue means that an open enum doesn't list a value.
	RuleUnlistedValue = "unlisted-value"
	// RuleFormat means that a value isn't written in its format.
	RuleFormat = "format"
	// RuleImplausible means that a value is out of range, for example a time in another unit.
	RuleImplausible = "implausible"
	// RuleLeftover means that an ID, a phone number, an address, a name or a time is empty or a
	// placeholder.
	RuleLeftover = "leftover"
	// RuleDuplicateKey means that an object has a key twice.
	RuleDuplicateKey = "duplicate-key"
	// RuleLoneSurrogate means that an escape encodes half a character.
	RuleLoneSurrogate = "lone-surrogate"
	// RuleByteOrderMark means that a byte order mark precedes the JSON.
	RuleByteOrderMark = "byte-order-mark"
	// RuleSignature means that the signature is missing or invalid.
	RuleSignature = "signature"
	// RuleUnrecognized means that no event type of the catalog resembles the body.
	RuleUnrecognized = "unrecognized"
	// RuleLimit means that the body is too large or too deep, or has too many values.
	RuleLimit = "limit"
	// RuleMore means that there are more findings than are listed.
	RuleMore = "more"
)
