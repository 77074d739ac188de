// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.ConfigFile;

import java.util.List;

/**
 * A peer of an interface as far as file and daemon agree on what that is.
 *
 * @param endpoint whether the interface knows where it is
 */
public record PeerView(PublicKey key, List<IpPrefix> ranges, boolean endpoint, int keepalive) {
    /** Those of the daemon where there is one, else those of the file. */
    public static List<PeerView> of(Subject subject) {
        if (subject.device() != null) {
            return subject.device().peers().stream()
                    .map(
                            peer ->
                                    new PeerView(
                                            peer.publicKey(),
                                            peer.allowedIps(),
                                            peer.endpoint() != null,
                                            peer.persistentKeepaliveSeconds()))
                    .toList();
        }
        return subject.config().map(PeerView::of).orElse(List.of());
    }

    public static List<PeerView> of(ConfigFile config) {
        return config.device().peers().stream()
                .map(
                        peer ->
                                new PeerView(
                                        peer.publicKey(),
                                        Ranges.allowed(peer),
                                        peer.endpoint() != null,
                                        peer.persistentKeepalive().orElse(0)))
                .toList();
    }
}
