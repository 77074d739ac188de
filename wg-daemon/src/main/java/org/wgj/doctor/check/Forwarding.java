// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.ConfigFile;

import java.util.List;
import java.util.regex.Pattern;

/** The certainty that an interface forwards packets for other machines. */
enum Forwarding {
    NONE,
    /** Its file looks like the file of a gateway. */
    LIKELY,
    /** Its hooks set up forwarding. */
    DECLARED;

    private static final Pattern OF_GATEWAYS =
            Pattern.compile("(?i)\\bmasquerade\\b|ip_forward\\s*=\\s*1|\\bforwarding\\s*=\\s*1");

    static Forwarding of(Subject subject) {
        if (subject.config().isEmpty()) {
            return NONE;
        }
        ConfigFile config = subject.config().get();
        if (HookCheck.hooks(config.quick()).anyMatch(h -> OF_GATEWAYS.matcher(h).find())) {
            return DECLARED;
        }
        List<PeerView> peers = PeerView.of(config);
        // A hub: its clients connect to it and can reach one another only through it.
        boolean hub = peers.stream().filter(peer -> !peer.endpoint()).count() >= 2;
        // A site: peers can connect to it, and it sends packets to networks behind them.
        boolean site =
                config.device().listenPort().isPresent()
                        && peers.stream()
                                .flatMap(peer -> peer.ranges().stream())
                                .anyMatch(range -> isBeyond(config, range));
        return hub || site ? LIKELY : NONE;
    }

    private static boolean isBeyond(ConfigFile config, IpPrefix range) {
        List<IpPrefix> own = config.quick().addresses().stream().map(Ranges::network).toList();
        return !Ranges.isDefault(range)
                && !Ranges.isHost(range)
                && !Ranges.anyContains(own, range)
                && own.stream().noneMatch(network -> range.contains(network));
    }
}
