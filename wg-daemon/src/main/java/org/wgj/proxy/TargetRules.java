// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.RoutedDialer;
import org.wgj.netstack.proxy.SystemDialer;

/**
 * The section [Resolve]: what holds for every target that this side names, whether a client of a
 * proxy, a forward or a command asks for it.
 *
 * @param addresses which addresses of a name to use
 * @param outside what happens with targets that no allowed IP covers
 */
record TargetRules(ProxyConfig.Addresses addresses, ProxyConfig.Outside outside) {
    static TargetRules of(ProxyConfig config) {
        return new TargetRules(config.addresses(), config.outside());
    }

    /** Returns the dialer that keeps these rules over a tunnel. */
    Dialer dialer(ProxyTunnel tunnel) {
        Dialer inside = FamilyDialer.of(tunnel.dialer(), addresses);
        Dialer direct = outside == ProxyConfig.Outside.DIRECT ? new SystemDialer(inside) : null;
        return new RoutedDialer(inside, direct, tunnel::covers);
    }
}
