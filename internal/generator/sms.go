package generator

import "strings"

// The characters of GSM 03.38 beside the letters, digits and signs of ASCII, and those that take two septets.
const (
	gsmBasic    = "\n\r@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà"
	gsmExtended = `^{}\[]~€|`
	asciiSigns  = " !\"#%&'()*+,-./:;<=>?"
)

// smsUnits returns whether a text is in the GSM alphabet, and how many parts it has as an SMS: one of 160 septets, or
// parts of 153; in UCS-2, one of 70 UTF-16 units, or parts of 67.
func smsUnits(text string) (gsm bool, parts int) {
	gsm = true
	septets, units := 0, 0
	for _, r := range text {
		units++
		if r > 0xffff {
			units++
		}
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			septets++
		case strings.ContainsRune(asciiSigns, r), strings.ContainsRune(gsmBasic, r):
			septets++
		case strings.ContainsRune(gsmExtended, r):
			septets += 2
		default:
			gsm = false
		}
	}
	if gsm {
		return true, partsOf(septets, 160, 153)
	}
	return false, partsOf(units, 70, 67)
}

func partsOf(n, single, part int) int {
	if n <= single {
		return 1
	}
	return (n + part - 1) / part
}
