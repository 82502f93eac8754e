package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

var errSilentAuthority = errors.New("the authority did not answer")

// tokenFailure is why there was no token. The credential's own words stay out of it, because they quote the authority's answer.
type tokenFailure struct {
	status int   // of the authority; zero when it did not answer
	number int   // of the AADSTS error; zero when it said none
	cause  error // of the network, may be nil
}

// Refusal says why there was no token: the status of the authority's answer, and the number of its error, such as 7000222 for a client secret
// that has expired (AADSTS7000222). Both are zero when it did not answer. It takes the errors of the credentials of azidentity too.
func Refusal(err error) (status, number int) {
	if failed, ok := errors.AsType[*tokenFailure](err); ok {
		return failed.status, failed.number
	}
	var resp *http.Response
	if failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); ok {
		resp = failed.RawResponse
	} else if failed, ok := errors.AsType[*azcore.ResponseError](err); ok {
		resp = failed.RawResponse
	}
	if resp == nil {
		return 0, 0
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return resp.StatusCode, 0
	}
	return resp.StatusCode, numberIn(body)
}

// numberIn is the first of the error codes of an authority's answer.
func numberIn(body []byte) int {
	var answer struct {
		Codes []int `json:"error_codes"`
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.Codes) == 0 {
		return 0
	}
	return answer.Codes[0]
}

func (e *tokenFailure) Error() string {
	switch {
	case e.number != 0:
		return fmt.Sprintf("the authority gave no token: %s (AADSTS%d)", http.StatusText(e.status), e.number)
	case e.status != 0:
		return "the authority gave no token: " + http.StatusText(e.status)
	case e.cause != nil:
		return "no token: " + e.cause.Error()
	}
	return "the credential gave no token"
}

func (e *tokenFailure) Unwrap() error { return e.cause }

// refused reports whether asking again with the same credential is of no use.
func (e *tokenFailure) refused() bool {
	if e.status == 0 {
		return e.cause == nil
	}
	return e.status < 500 && e.status != http.StatusTooManyRequests && e.status != http.StatusRequestTimeout
}

// credential asks the real one and makes its errors safe to keep.
type credential struct{ azcore.TokenCredential }

func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := c.TokenCredential.GetToken(ctx, o)
	if err == nil && t.Token == "" {
		err = &tokenFailure{}
	}
	if err == nil {
		return t, nil
	}
	if failed, ok := errors.AsType[*tokenFailure](err); ok {
		return azcore.AccessToken{}, failed
	}
	if failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); ok {
		if failed.RawResponse == nil { // it keeps of a network failure nothing but the text
			return azcore.AccessToken{}, &tokenFailure{cause: errSilentAuthority}
		}
	}
	if status, number := Refusal(err); status != 0 {
		return azcore.AccessToken{}, &tokenFailure{status: status, number: number}
	}
	if failed, ok := errors.AsType[*azcore.ResponseError](err); ok && failed.StatusCode != 0 {
		return azcore.AccessToken{}, &tokenFailure{status: failed.StatusCode}
	}
	return azcore.AccessToken{}, &tokenFailure{cause: networkCause(err)}
}
