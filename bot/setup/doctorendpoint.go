package setup

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"muster/bot/config"
)

// public asks the bot's public address as a stranger does: a bot refuses what shows no token.
func (r *round) public(address string) {
	if address == "" {
		r.warn(Endpoint, "The bot's public address was not asked.", "Give it with --endpoint https://HOST/api/messages, as the Azure Bot has it.")
		return
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "https" && !config.Loopback(address)) {
		r.wrong(Endpoint, "The public address is not an https address.", "Microsoft calls bots over https only: put a proxy with a certificate before Muster.")
		return
	}
	if !strings.HasSuffix(u.Path, "/api/messages") {
		r.wrong(Endpoint, "The public address does not end in /api/messages, where the bot listens.", "Correct the messaging endpoint of the Azure Bot.")
		return
	}
	req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, address, strings.NewReader(""))
	if err != nil {
		r.wrong(Endpoint, sentence(err), "Correct the address.")
		return
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.web.Do(req)
	if err != nil {
		if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			r.wrong(Endpoint, "The certificate of "+u.Host+" is not good: "+sentence(bad.Err), "Renew it with an authority that everybody trusts, and serve the whole chain.")
			return
		}
		r.wrong(Endpoint, "Nobody answers on "+u.Host+".", "Check its name, the firewall and the proxy before Muster; asked from inside, it may also be the network.")
		return
	}
	resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed:
		r.good(Endpoint, "%s answers, and refuses what shows no token (%d).", address, resp.StatusCode)
	case http.StatusOK, http.StatusAccepted, http.StatusCreated:
		r.wrong(Endpoint, fmt.Sprintf("%s takes requests that show no token (%d): what answers there is not Muster.", address, resp.StatusCode), "Look which program or proxy answers.")
	default:
		r.wrong(Endpoint, fmt.Sprintf("%s answers %d, which a bot does not.", address, resp.StatusCode), "Look whether the proxy passes /api/messages on to "+r.cfg.Listen+".")
	}
}
