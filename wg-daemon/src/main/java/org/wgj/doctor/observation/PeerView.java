// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.ConfigFile;

import java.util.List;

/**
 * The settings of a peer that both files and daemons have.
 *
 * @param endpoint whether the peer has an endpoint
 */
public record PeerView(PublicKey key, List<IpPrefix> ranges, boolean endpoint, int keepalive) {
    /** Returns the peers of the daemon, or without one those of the file. */
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
