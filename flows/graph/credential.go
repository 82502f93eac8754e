package graph

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

var errSilentAuthority = errors.New("the authority did not answer")

// tokenFailure is why there was no token. The credential's own words stay out of it, because they quote the authority's answer.
type tokenFailure struct {
	status int   // of the authority; zero when it did not answer
	cause  error // of the network, may be nil
}

func (e *tokenFailure) Error() string {
	switch {
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
		return azcore.AccessToken{}, &tokenFailure{status: failed.RawResponse.StatusCode}
	}
	if failed, ok := errors.AsType[*azcore.ResponseError](err); ok && failed.StatusCode != 0 {
		return azcore.AccessToken{}, &tokenFailure{status: failed.StatusCode}
	}
	return azcore.AccessToken{}, &tokenFailure{cause: networkCause(err)}
}
