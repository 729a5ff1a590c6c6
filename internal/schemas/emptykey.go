package schemas

// emptyKey replaces an empty key in what v5 gets, because v5 omits an empty key from locations.
// tokensOf restores it.
const emptyKey = "\x00ringback: the empty key"

// decoded is the body as a value for v5.
func (r *isolated) decoded() any {
	body := r.body.Any()
	nameEmptyKeys(body)
	return body
}

// nameEmptyKeys replaces empty keys by emptyKey, in place.
func nameEmptyKeys(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			nameEmptyKeys(item)
		}
	case map[string]any:
		if empty, ok := v[""]; ok {
			delete(v, "")
			v[emptyKey] = empty
		}
		for _, member := range v {
			nameEmptyKeys(member)
		}
	}
}
