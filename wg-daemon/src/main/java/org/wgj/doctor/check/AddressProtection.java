// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation.FirewallState;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Ranges;
import org.wgj.doctor.observation.Sysctls;
import org.wgj.protocol.IpPrefix;

import java.util.Optional;

/**
 * Tells whether packets to a tunnel's address that come in by another interface are dropped. If
 * not, neighbours can detect the tunnel's connections and inject into them (CVE-2019-14899).
 */
final class AddressProtection {
    private static final String STRICT = "1"; // 2 requires only some route back

    private AddressProtection() {}

    /**
     * @param address one address of the tunnel
     * @return empty if it could not be seen
     */
    static Optional<Boolean> protects(Host host, String tunnel, IpPrefix address) {
        FirewallState firewall = host.firewall();
        if (!address.ipv6() && isStrictEverywhere(host)) {
            return Optional.of(true);
        }
        if (firewall.ruleset() != null
                && firewall.ruleset().dropsFromElsewhere(tunnel, Ranges.text(address))) {
            return Optional.of(true);
        }
        if (firewall.saved() != null) {
            return Optional.of(
                    firewall.saved().lines().anyMatch(line -> drops(line, tunnel, address)));
        }
        return firewall.unseen() == null ? Optional.of(false) : Optional.empty();
    }

    private static boolean drops(String line, String tunnel, IpPrefix address) {
        return line.startsWith("-A PREROUTING ")
                && line.contains(" -d " + address + " ")
                && line.contains(" ! -i " + tunnel + " ")
                && line.endsWith(" -j DROP");
    }

    private static boolean isStrictEverywhere(Host host) {
        return host.links().stream()
                .filter(link -> link.state().up() && LeakCheck.isOutside(host, link.state().name()))
                .allMatch(link -> isStrict(host, link.state().name()));
    }

    /**
     * Returns whether the kernel accepts only packets whose answer would leave by the same
     * interface.
     */
    static boolean isStrict(Host host, String link) {
        String all = host.sysctls().getOrDefault(Sysctls.sourceCheck("all"), "0");
        String own = host.sysctls().getOrDefault(Sysctls.sourceCheck(link), "0");
        return (all.compareTo(own) > 0 ? all : own).equals(STRICT); // one digit
    }
}
