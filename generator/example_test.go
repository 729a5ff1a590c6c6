package generator_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/generator"
)

func ExampleGenerator_Generate() {
	g, err := generator.New()
	if err != nil {
		panic(err)
	}
	event, err := g.Generate(generator.Request{
		Route: "gupshup/v2", Event: "message.delivered", Seed: 7, With: map[string]string{"recipient.phone": "919000000001"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(event.Type, event.Headers[0], bytes.Contains(event.Body, []byte(`"destination":"919000000001"`)))

	_, err = g.Generate(generator.Request{Route: "gupshup/v2", Event: "message.delivred"})
	fmt.Println(errors.Is(err, generator.ErrUnknownEvent))
	// Output:
	// gupshup/v2/message-event.delivered {Content-Type application/json; charset=utf-8} true
	// true
}

func TestGenerate_SameRequestSameBytes(t *testing.T) {
	t.Parallel()
	g, err := generator.New()
	require.NoError(t, err)
	request := generator.Request{Route: "netcore", Event: "message.read", Seed: 1}
	first, err := g.Generate(request)
	require.NoError(t, err)
	again, err := g.Generate(request)
	require.NoError(t, err)
	require.Equal(t, first, again)
	request.Seed++
	other, err := g.Generate(request)
	require.NoError(t, err)
	require.NotEqual(t, string(first.Body), string(other.Body))
}

func TestGenerate_RejectsWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	g, err := generator.New()
	require.NoError(t, err)
	for want, request := range map[string]generator.Request{
		"no provider or route": {Route: "gupshop", Event: "message.read"},
		"unknown value":        {Route: "gupshup", Event: "message.read", With: map[string]string{"message.colour": "red"}},
		"fill":                 {Route: "gupshup", Event: "message.read", Fill: "half"},
	} {
		_, err := g.Generate(request)
		require.ErrorContains(t, err, want)
	}
	_, err = g.Generate(generator.Request{Route: "gupshup", Event: "message.clicked"})
	require.ErrorIs(t, err, generator.ErrUnknownEvent)
}
