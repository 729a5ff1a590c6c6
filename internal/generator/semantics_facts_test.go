package generator_test

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
)

// wamid decodes a WhatsApp message ID: the number inside, and whether it is of an inbound message.
func wamid(id string) (number string, inbound, ok bool) {
	encoded, found := strings.CutPrefix(id, "wamid.")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(raw) < 3 || raw[0] != 0x1c || raw[1] != 0x18 || len(raw) < 3+int(raw[2])+6 {
		return "", false, false
	}
	number, rest := string(raw[3:3+raw[2]]), raw[3+raw[2]:]
	if rest[0] != 0x15 || rest[1] != 0x02 || rest[2] != 0 || rest[3] != 0x11 && rest[3] != 0x12 || rest[4] != 0x18 || len(rest) != 7+int(rest[5]) || rest[len(rest)-1] != 0 {
		return "", false, false
	}
	text := string(rest[6 : len(rest)-1])
	if _, err := hex.DecodeString(text); err != nil || strings.ToUpper(text) != text {
		return "", false, false
	}
	return number, rest[3] == 0x12, true
}

func isWamid(id, number string, inbound bool) bool {
	found, in, ok := wamid(id)
	return ok && found == number && in == inbound
}

func isSHA256(text string) bool {
	raw, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(raw) == 32
}

var (
	uuid4         = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	hex32         = regexp.MustCompile(`^[0-9a-f]{32}$`)
	digitsOfMeta  = regexp.MustCompile(`^[1-9][0-9]{14,15}$`)
	indianMobile  = regexp.MustCompile(`^91[6-9][0-9]{9}$`)
	bsuid         = regexp.MustCompile(`^[A-Z]{2}\.[0-9]{16,20}$`)
	slug          = regexp.MustCompile(`^[a-zA-Z0-9]+([_-][a-zA-Z0-9]+)*$`)
	templateNames = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)+$`)
	pause         = regexp.MustCompile(`^Your WhatsApp message template has been paused for (3|6) hours until ([A-Z][a-z]{2} [1-9][0-9]?) at ([1-9][0-9]?:[0-9]{2} [AP]M) UTC because it (had issues|continued to have issues)\.$`)
)

// isPause checks the text of a pause: its length, its reason and its end.
func isPause(text string, second bool, at time.Time) bool {
	m := pause.FindStringSubmatch(text)
	if m == nil || (m[1] == "6") != second || (m[4] != "had issues") != second {
		return false
	}
	hours := 3
	if second {
		hours = 6
	}
	want := at.UTC().Add(time.Duration(hours) * time.Hour).Truncate(time.Minute)
	return want.Format("Jan 2 3:04 PM") == m[2]+" "+m[3]
}

var kindsOfMIME = map[string][]string{
	"image":    {"image/jpeg", "image/png"},
	"video":    {"video/mp4", "video/3gpp"},
	"audio":    {"audio/ogg; codecs=opus", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr"},
	"sticker":  {"image/webp"},
	"document": {"application/pdf", "application/msword", "application/vnd.ms-excel", "text/plain", "text/csv", "application/zip", "application/vnd.ms-powerpoint", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
}

var extensionOf = map[string]string{
	"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4", "video/3gpp": "3gp",
	"audio/ogg; codecs=opus": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "aac", "audio/amr": "amr", "application/pdf": "pdf",
	"application/msword": "doc", "application/vnd.ms-excel": "xls", "text/plain": "txt", "text/csv": "csv", "text/x-java": "java", "text/x-vcard": "vcf",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
	"application/vnd.ms-powerpoint": "ppt", "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx", "application/zip": "zip",
}

func fitsName(mime, name string) bool {
	want := extensionOf[mime]
	return want != "" && strings.HasSuffix(name, "."+want)
}

// segments counts the parts of an SMS: 160 and 153 septets, or 70 and 67 UTF-16 units.
func segments(text string) int {
	const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	septets, units, gsm := 0, 0, true
	for _, r := range text {
		units++
		if r > 0xffff {
			units++
		}
		septets++
		switch {
		case strings.ContainsRune(basic, r):
		case strings.ContainsRune(`^{}\[]~€|`, r):
			septets++
		default:
			gsm = false
		}
	}
	single, many, n := 70, 67, units
	if gsm {
		single, many, n = 160, 153, septets
	}
	if n <= single {
		return 1
	}
	return (n + many - 1) / many
}

var tierLadder = []string{"TIER_NOT_SET", "TIER_50", "TIER_250", "TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED"}

// rung is the place of a tier; 1K was replaced by 2K.
func rung(tier string) int {
	if tier == "TIER_1K" {
		tier = "TIER_2K"
	}
	return slices.Index(tierLadder, tier)
}

var (
	femaleNames  = strings.Fields("Aditi Ananya Deepa Fatima Kalpana Kavya Lakshmi Meera Neha Pooja Priya Radha Sunita Zainab")
	maleNames    = strings.Fields("Aarav Amit Arjun Imran Karthik Manoj Mohammed Naveen Rahul Ravi Rohan Suresh Vikram Yusuf")
	neutralNames = strings.Fields("Gurpreet Harpreet Jaspreet Kiran Manpreet Shashi Simran Suman")
)

// fitsGender reports whether a gender may belong to a first name; a name outside the lists fits both.
func fitsGender(first, gender string) bool {
	switch gender {
	case "":
		return true
	case "female":
		return !slices.Contains(maleNames, first) && !slices.Contains(neutralNames, first)
	case "male":
		return !slices.Contains(femaleNames, first) && !slices.Contains(neutralNames, first)
	}
	return false
}

// priced checks the pricing of a message by model, type, category and whether it is paid for.
func priced(model, kind, category string, billable *bool) bool {
	if model == "CBP" || model == "NBP" {
		return kind == ""
	}
	if model != "PMP" || kind == "" {
		return false
	}
	if billable != nil && *billable != (kind == "regular") {
		return false
	}
	switch strings.ToLower(category) {
	case "service":
		return kind != "regular"
	case "referral_conversion":
		return kind == "free_entry_point"
	case "marketing", "marketing_lite", "authentication":
		return kind != "free_customer_service"
	}
	return true
}

func (n node) billable() *bool {
	if yes, ok := n.at("billable").v.(bool); ok {
		return &yes
	}
	return nil
}

var spellingsOfDays = []string{"January 2,2006", "January2,2006", "January 2, 2006", "2 January 2006"}

// isDay reports whether a text is the day of a time, or the one before or after.
func isDay(text string, at time.Time) bool {
	for _, layout := range spellingsOfDays {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Sub(at.UTC().Truncate(24*time.Hour)).Abs() <= 24*time.Hour
		}
	}
	return false
}

// unixOf is a time in seconds.
func unixOf(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// inIST reads a date and time without zone.
func inIST(text string) time.Time {
	at, err := time.ParseInLocation(time.DateTime, text, time.FixedZone("IST", 19_800))
	if err != nil {
		return time.Time{}
	}
	return at
}

// monthInIST is the month of a time, as 2025-11.
func monthInIST(at time.Time) string { return at.In(time.FixedZone("IST", 19_800)).Format("2006-01") }

// fitsTier checks a price tier: low:high, in a category that has tiers.
func fitsTier(tier, category string) bool {
	low, high, found := strings.Cut(tier, ":")
	return found && len(low) <= len(high) && (category == "UTILITY" || category == "AUTHENTICATION")
}
