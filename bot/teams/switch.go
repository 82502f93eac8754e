package teams

import (
	"log/slog"
	"net/http"

	"github.com/golang-jwt/jwt/v5"
)

// Switch is the messaging endpoint of several bots at one address. The app id
// that a request's token claims to be made out to picks whose [Edge] looks at
// it. The claim is not checked here: the Edge checks it with all else, so a
// false one leads to a refusal and nowhere else.
type Switch struct {
	// Edge is the endpoint of an app id in lower case; nil when there is none.
	Edge func(app string) http.Handler
	Log  *slog.Logger
}

func (s Switch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refused := RefusedMethod
	if r.Method == http.MethodPost {
		app, refusal := claimed(r)
		if refusal == "" {
			if h := s.Edge(app); h != nil {
				h.ServeHTTP(w, r)
				return
			}
			refusal = RefusedAudience
		}
		refused = refusal
		s.Log.WarnContext(r.Context(), "request refused", slog.String("reason", string(refused)))
	} else {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(refused.status())
}

// claimed is the app id that a request's token is made out to, or why there is
// none. A token for two is for nobody.
func claimed(r *http.Request) (string, Refusal) {
	token, err := bearer(authorization(r))
	if err != nil {
		return "", reason(err)
	}
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return "", RefusedToken
	}
	if len(c.Audience) != 1 {
		return "", RefusedAudience
	}
	return guid(c.Audience[0]), ""
}
