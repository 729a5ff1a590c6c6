package schemas

// v5 leaves an empty key out of the places that it names, so that a complaint
// about it would seem to be about the object around it. In what v5 sees, the
// empty key therefore has a name, which tokensOf takes back.
const emptyKey = "\x00ringback: the empty key"

// decoded decodes the body for v5.
func (r *isolated) decoded() any {
	body := r.body.Any()
	nameEmptyKeys(body)
	return body
}

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
