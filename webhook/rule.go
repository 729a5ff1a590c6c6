package webhook

// The rules of findings that are no JSON Schema keyword; the others are named
// by the keyword that refuses: "required", "type", "const", "enum" and so on.
const (
	// RuleSyntax: it is no JSON.
	RuleSyntax = "syntax"
	// RuleForm: it is a form, not JSON, and so it isn't validated.
	RuleForm = "form"
	// RuleNumber: a number is too large or too long to hold.
	RuleNumber = "number"
	// RuleDiscriminator: what tells the event's kind is missing or is no text.
	RuleDiscriminator = "discriminator"
	// RulePlaceholder: the document's notation stands where a value should.
	RulePlaceholder = "placeholder"
	// RuleUnknownField: a key that nobody has listed.
	RuleUnknownField = "unknown-field"
	// RuleUnlistedValue: a value that nobody has listed, in a set that is open.
	RuleUnlistedValue = "unlisted-value"
	// RuleDuplicateKey: a key stands twice in one object.
	RuleDuplicateKey = "duplicate-key"
	// RuleLoneSurrogate: an escape for half a character.
	RuleLoneSurrogate = "lone-surrogate"
	// RuleByteOrderMark: a byte order mark stands before the JSON.
	RuleByteOrderMark = "byte-order-mark"
	// RuleSignature: it is not signed as its provider signs, or by somebody else.
	RuleSignature = "signature"
	// RuleUnrecognized: nothing in the catalogue looks like it.
	RuleUnrecognized = "unrecognized"
	// RuleLimit: it is too large, deep or many to be judged.
	RuleLimit = "limit"
	// RuleMore: there is more to say than is said.
	RuleMore = "more"
)
