package server

import (
	"net"
	"strings"
)

// An address is what a Host leads to: the APIs of all providers with their prefixes or, at a host of
// a provider, the API of this provider alone, at the root.
type address struct {
	mounts []mount
	known  *operations
	// provider is "" for an address that has the APIs of all.
	provider string
}

func newAddress(provider string, mounts []mount) *address {
	return &address{mounts, operationsOf(mounts), provider}
}

// addresses are those of the hosts of all providers.
func (s *Server) addresses() map[string]*address {
	all := map[string]*address{}
	for _, p := range s.options.Catalog.Providers {
		var mounts []mount
		for _, a := range s.apis.APIs {
			if a.Provider == p && !a.Alternative {
				mounts = append(mounts, mount{a, ""})
			}
		}
		sortMounts(mounts)
		one := newAddress(p.Name, mounts)
		for _, host := range p.Hosts {
			all[host] = one
		}
	}
	return all
}

// addressOf returns what the Host of a request leads to. A name that is no provider's leads to all
// APIs, whatever it is.
func (s *Server) addressOf(host string) *address {
	if one := s.hosts[host]; one != nil {
		return one
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if one := s.hosts[strings.ToLower(strings.TrimSuffix(host, "."))]; one != nil {
		return one
	}
	return s.everything
}
