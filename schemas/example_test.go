package schemas_test

import (
	"errors"
	"fmt"

	"github.com/ringback-dev/ringback/schemas"
)

func ExampleCatalog_Validate() {
	catalog, err := schemas.Load()
	if err != nil {
		panic(err)
	}
	items, err := catalog.Validate(schemas.Scope{Route: "gupshup/v2"}, []byte(`{"app":"DemoApp","timestamp":1580546677791,"version":2,
		"type":"user-event","payload":{"phone":"919000000001","type":"opted-inn"}}`))
	if err != nil {
		panic(err)
	}
	for _, item := range items {
		for _, f := range item.Verdict.Findings {
			fmt.Println(item.Verdict.Level, f.Pointer, f.Rule, f.Hint)
		}
	}
	// Output: unknown /payload/type unrecognized did you mean "opted-in"?
}

func ExampleCatalog_Type() {
	catalog, err := schemas.Load()
	if err != nil {
		panic(err)
	}
	_, err = catalog.Type("gupshup/v2/message-event.sennt")
	fmt.Println(errors.Is(err, schemas.ErrUnknownType))
	// Output: true
}
