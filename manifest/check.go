package manifest

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The limits of what an App brings, each the lowest of all versions of the format that Teams may hold the package to.
const (
	maxName      = 30
	maxDeveloper = 32
	maxVersion   = 256
	maxAddress   = 2048
	maxDomains   = 16
	maxDomain    = 253 // of any host name; the format allows more
)

// check says everything that is wrong with an app, in one sentence each.
func (a App) check() error {
	var own error
	if a.ID != a.BotID { // else it is one mistake, not two
		own = checkGUID("the app's own id", a.ID)
	}
	return errors.Join(
		own,
		checkGUID("the bot's app id", a.BotID),
		checkFormat(a.Format),
		checkVersion(a.Version),
		checkText("the name", a.Name, maxName),
		checkText("the developer's name", a.Developer.Name, maxDeveloper),
		checkAddress("the developer's website", a.Developer.Website),
		checkAddress("the privacy page", a.Developer.Privacy),
		checkAddress("the terms of use", a.Developer.Terms),
		checkDomains(a.ValidDomains),
	)
}

func checkGUID(what, s string) error {
	if !regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`).MatchString(s) {
		return fmt.Errorf("%s must be a GUID such as 00000000-0000-0000-0000-0000000000b0, and is %q", what, s)
	}
	return nil
}

func checkFormat(s string) error {
	if s != Format && s != OldFormat {
		return fmt.Errorf("the format must be %s or %s, and is %q", Format, OldFormat, s)
	}
	return nil
}

func checkVersion(s string) error {
	if !regexp.MustCompile(`^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$`).MatchString(s) {
		return fmt.Errorf("the version must be three numbers such as 1.0.0, and is %q", s)
	}
	if len(s) > maxVersion {
		return fmt.Errorf("the version must not be longer than %d characters, and has %d", maxVersion, len(s))
	}
	return nil
}

func checkText(what, s string, limit int) error {
	switch {
	case strings.TrimSpace(s) == "":
		return fmt.Errorf("%s must not be empty", what)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("%s must be one line of text, and is %q", what, s)
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("%s must not begin or end with a space, and is %q", what, s)
	case width(s) > limit:
		return fmt.Errorf("%s must not be longer than %d characters, and has %d", what, limit, width(s))
	}
	return nil
}

// width counts as JavaScript does, which is the stricter of the two ways that upload portals count.
func width(s string) int { return len(utf16.Encode([]rune(s))) }

// checkAddress wants https although the format allows http: people read there what is done with their data.
func checkAddress(what, s string) error {
	if s == "" {
		return fmt.Errorf("%s must be an https address, and is missing", what)
	}
	if width(s) > maxAddress {
		return fmt.Errorf("%s must not be longer than %d characters, and has %d", what, maxAddress, width(s))
	}
	u, err := url.Parse(s)
	if err == nil && u.User != nil { // not repeated: it may hold a password
		return fmt.Errorf("%s must be an https address without a user name", what)
	}
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.ContainsFunc(s, unicode.IsSpace) {
		return fmt.Errorf("%s must be an https address, and is %q", what, s)
	}
	return nil
}

// checkDomains wants whole host names. Wildcards would let Teams show pages of hosts that nobody here has named.
func checkDomains(domains []string) error {
	var all []error
	if len(domains) > maxDomains {
		all = append(all, fmt.Errorf("there must not be more than %d valid domains, and there are %d", maxDomains, len(domains)))
	}
	host := regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$`)
	for i, d := range domains {
		switch {
		case len(d) > maxDomain || !host.MatchString(d):
			all = append(all, fmt.Errorf("a valid domain must be a host name such as muster.example.com, without https, port, path or wildcard, and is %q", d))
		case slices.ContainsFunc(domains[:i], func(e string) bool { return strings.EqualFold(d, e) }):
			all = append(all, fmt.Errorf("the valid domain %q is named twice", d))
		}
	}
	return errors.Join(all...)
}
