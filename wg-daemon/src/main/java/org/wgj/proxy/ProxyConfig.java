// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.tunnel.TunnelConfig;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/**
 * The content of a file.
 *
 * @param source the file
 * @param tunnel the tunnel, with its keys; {@link #wipe} overwrites them
 * @param checkAlive addresses to ping
 * @param checkAliveInterval how often
 * @param addresses which addresses of a name to use
 * @param outside what happens with targets that no allowed IP covers
 * @param tcp settings of the tunnel's TCP
 * @param sections the proxies and forwards, in the order of the file
 * @param warnings what the user should know, each in one line
 */
public record ProxyConfig(
        String source,
        TunnelConfig tunnel,
        List<InetAddress> checkAlive,
        Duration checkAliveInterval,
        Addresses addresses,
        Outside outside,
        TcpSettings tcp,
        List<ProxySection> sections,
        List<String> warnings) {
    /** The time between pings if the file does not say it. */
    static final Duration DEFAULT_CHECK = Duration.ofSeconds(5);

    /** The addresses of a name to use: ResolveStrategy. */
    public enum Addresses {
        /** Both, unless the tunnel has addresses of one kind only. */
        AUTO,
        /** IPv4 only. */
        IPV4,
        /** IPv6 only. */
        IPV6
    }

    /** The treatment of targets that the tunnel does not carry. */
    public enum Outside {
        /** They are refused. */
        REFUSE,
        /** They are reached without the tunnel. */
        DIRECT
    }

    /** Copies the lists. */
    public ProxyConfig {
        checkAlive = List.copyOf(checkAlive);
        sections = List.copyOf(sections);
        warnings = List.copyOf(warnings);
    }

    /** Returns the same with other sections. */
    ProxyConfig withSections(List<ProxySection> others) {
        return new ProxyConfig(
                source,
                tunnel,
                checkAlive,
                checkAliveInterval,
                addresses,
                outside,
                tcp,
                others,
                warnings);
    }

    /** Overwrites the keys of the tunnel. */
    public void wipe() {
        tunnel.wipe();
    }
}
