package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// The timeout and the retries of API calls.
const (
	apiTimeout   = 30 * time.Second
	maxAttempts  = 4
	firstBackoff = 200 * time.Millisecond
)

// reply replies to a message. It retries if the provider's API fails, and never after the API has
// accepted the message.
func (a *App) reply(it item) {
	if a.config.ProviderURL == "" {
		return
	}
	words := "Received your " + it.messageType
	if it.messageType == "text" && it.text != "" {
		words = "Received: " + it.text
	}
	words = a.behavior.encode(a.behavior.replyText(it, words))
	backoff := firstBackoff
	for range maxAttempts {
		id, status, err := a.provider.send(a, it, words)
		switch {
		case err == nil && status < 300:
			a.store.sent(id, refOf(it), it.endUser)
			a.store.responded(it.id)
			return
		case err == nil && status != http.StatusTooManyRequests && status < 500:
			return // a retry would fail too
		}
		time.Sleep(backoff)
		backoff *= 2
	}
}

// refOf is our reference of the reply to a message: the same for every attempt.
func refOf(it item) string { return "reply-" + first(it.id, it.endUser) }

// call posts a body and returns the ID of the response.
func (a *App) call(path, contentType string, header map[string]string, body []byte, idIn func(response map[string]any) string) (string, int, error) {
	request, err := http.NewRequest(http.MethodPost, a.config.ProviderURL+path, bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Content-Type", contentType)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := a.config.Client.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil || response.StatusCode >= 300 {
		return "", response.StatusCode, err
	}
	var sent map[string]any
	if err := json.Unmarshal(text, &sent); err != nil {
		return "", response.StatusCode, fmt.Errorf("read response of %s: %w", path, err)
	}
	id := idIn(sent)
	if id == "" {
		return "", response.StatusCode, errors.New("read response of " + path + ": it has no ID")
	}
	return id, response.StatusCode, nil
}

func (a *App) post(path string, header map[string]string, body any, idIn func(map[string]any) string) (string, int, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return "", 0, err
	}
	return a.call(path, "application/json", header, encoded, idIn)
}

type fields = map[string]any

func firstOf(v any) map[string]any {
	if l := list(v); len(l) > 0 {
		return object(l[0])
	}
	return nil
}

// inReplyTo adds the message to which a message replies, if any.
func inReplyTo(it item, key string, message fields) fields {
	if it.id != "" {
		message["context"] = fields{key: it.id}
	}
	return message
}

func sendGupshup2(a *App, it item, words string) (string, int, error) {
	message, err := json.Marshal(inReplyTo(it, "msgId", fields{"type": "text", "text": words}))
	if err != nil {
		return "", 0, err
	}
	form := url.Values{
		"channel": {"whatsapp"}, "source": {"919000000000"}, "destination": {it.phone}, "src.name": {"ExampleApp"}, "message": {string(message)},
	}
	return a.call("/wa/api/v1/msg", "application/x-www-form-urlencoded", map[string]string{"apikey": "example"}, []byte(form.Encode()),
		func(response map[string]any) string { return text(response["messageId"]) })
}

func sendGupshup3(a *App, it item, words string) (string, int, error) {
	message := inReplyTo(it, "message_id", fields{
		"messaging_product": "whatsapp", "recipient_type": "individual", "type": "text", "text": fields{"body": words},
	})
	if it.endUser == it.phone {
		message["to"] = it.phone
	} else {
		message["recipient"] = it.user
	}
	return a.post("/partner/app/example/v3/message", map[string]string{"Authorization": "example"}, message, func(response map[string]any) string { return text(firstOf(response["messages"])["id"]) })
}

func sendMobtexting(a *App, it item, words string) (string, int, error) {
	return a.post("/api/v2/whatsapp/message/send", map[string]string{"Authorization": "Bearer example"}, fields{
		"channels":  []fields{{"name": "whatsapp", "from": "919000000000", "meta": fields{"foreign_id": refOf(it)}}},
		"recipient": fields{"to": []string{it.phone}},
		"message":   fields{"type": "text", "payload": fields{"text": words}},
	}, func(response map[string]any) string { return text(firstOf(response["data"])["id"]) })
}

func sendNetcore(a *App, it item, words string) (string, int, error) {
	return a.post("/soip/rcs/v2/message", map[string]string{"api_key": "example", "nc_bot_id": "104"}, fields{
		"messages": []fields{{"to": it.phone, "type": "Text", "text": words, "callbackdata": refOf(it)}},
	}, func(response map[string]any) string { return text(firstOf(response["data"])["message_id"]) })
}

func sendTata(a *App, it item, words string) (string, int, error) {
	return a.post("/whatsapp-cloud/messages", map[string]string{"Authorization": "Bearer example"}, inReplyTo(it, "message_id", fields{
		"to": it.phone, "type": "text", "source": "external", "text": fields{"body": words}, "metaData": fields{"custom_callback_data": refOf(it)},
	}), func(response map[string]any) string { return text(response["id"]) })
}
