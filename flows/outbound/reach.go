package outbound

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// Reach is where the names of a purpose may lead. It is looked at when a connection is made, on the address that was resolved, so a name that
// changes its mind is caught. Where a test rig may stand in for Microsoft, a URL that says this machine in so many words reaches this machine and nothing else.
type Reach int

// The reaches.
const (
	Public   Reach = iota // public addresses
	Network               // and private networks; never this machine, this link, or what a cloud answers its machines at
	Rig                   // a test rig's: private networks and this machine
	Platform              // what a cloud gives its machines their identity at: this machine, this link, private networks
	machine               // this machine alone
)

// dial connects, and lets nothing through that the purpose does not reach.
func (p Purpose) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	reach := p.Reach
	if host, _, err := net.SplitHostPort(addr); err == nil && reach == Network && Loopback(host) {
		reach = machine
	}
	d := net.Dialer{Timeout: dialTime, Control: func(_, at string, _ syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(at); err != nil || !reach.to(to.Addr().Unmap()) {
			return &Refusal{Purpose: p.Name, Why: ErrAddress}
		}
		return nil
	}}
	return d.DialContext(ctx, network, addr)
}

// to reports whether an address may be reached.
func (r Reach) to(ip netip.Addr) bool {
	ip = ip.WithZone("")
	private := ip.IsPrivate() || in(ip, "100.64.0.0/10")
	switch r {
	case Public:
		return ip.IsGlobalUnicast() && !private && !odd(ip) && !platform(ip)
	case Network:
		return ip.IsGlobalUnicast() && !odd(ip) && !platform(ip)
	case Rig:
		return ip.IsLoopback() || ip.IsGlobalUnicast() && !odd(ip) && !platform(ip)
	case Platform:
		return ip.IsLoopback() || ip.IsLinkLocalUnicast() || private
	case machine:
		return ip.IsLoopback()
	}
	return false
}

// odd reports whether an address is global in form and not in fact: benchmarks, protocol assignments, the reserved rest of IPv4, and addresses
// of IPv6 that carry one of IPv4 in them.
func odd(ip netip.Addr) bool {
	return in(ip, "0.0.0.0/8", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
}

// platform reports whether an address, which is not of the link, is one at which a cloud answers its machines.
func platform(ip netip.Addr) bool {
	return in(ip, "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128")
}

func in(ip netip.Addr, prefixes ...string) bool {
	for _, p := range prefixes {
		if netip.MustParsePrefix(p).Contains(ip) {
			return true
		}
	}
	return false
}

// Loopback reports whether a host, without port or brackets, is this machine in so many words.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Same allows one scheme, host and port: what is configured is what is called.
func Same(raw string) func(*url.URL) bool {
	at, err := url.Parse(raw)
	return func(u *url.URL) bool {
		return err == nil && at.Host != "" && u.Scheme == at.Scheme && strings.EqualFold(u.Host, at.Host)
	}
}
