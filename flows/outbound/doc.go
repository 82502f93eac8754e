// Package outbound is the one room in which Muster makes HTTP clients. Each is for one purpose and reaches the hosts of that purpose only: it
// follows no redirect, looks at the address that a name led to when it connects, waits for no answer without end and reads none without
// end, and speaks TLS 1.2 or later. What a client refuses is an error without an address in it, because addresses hold keys and names.
// It is not for authorising: which hosts a purpose may reach is for those who know the purpose.
package outbound
