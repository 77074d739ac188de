// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Reach;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.StackMtu;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Probes the endpoints of a file whose interface is down. */
final class FileProbes {
    /** Long enough for a second attempt, since the first datagram may be lost. */
    private static final Duration TIMEOUT = Duration.ofSeconds(7);

    private FileProbes() {}

    /**
     * @param call whether to send initiations with the key of the file, which no running interface
     *     may use
     */
    static Map<PublicKey, Probe> run(Subject subject, boolean call) {
        ConfigFile config = subject.config().orElseThrow();
        Map<PublicKey, Probe> probes = new LinkedHashMap<>();
        try (ParallelProbes parallel = new ParallelProbes()) {
            for (PeerConfig peer : config.device().peers()) {
                if (peer.endpoint() != null) {
                    parallel.run(
                            () -> probe(subject, peer, call),
                            probe -> probes.put(peer.publicKey(), probe));
                }
            }
        }
        return probes;
    }

    private static Probe probe(Subject subject, PeerConfig peer, boolean call) {
        ConfigFile config = subject.config().orElseThrow();
        HostPort where = peer.endpoint();
        InetSocketAddress endpoint = new InetSocketAddress(where.host(), where.port());
        // Without an MTU in its file an interface gets one that fits the path.
        boolean known = subject.file().ofProxy() || config.quick().mtu().isPresent();
        int longest = known ? InterfaceProbes.longest(endpoint, StackMtu.of(subject)) : 0;
        EndpointRoute route = RouteProbe.look(endpoint, 0, longest);
        boolean ourselves = peer.publicKey().equals(config.device().privateKey().publicKey());
        Reach reach = null;
        if (call && !ourselves && !endpoint.isUnresolved() && where.port() != 0) {
            PresharedKey presharedKey =
                    peer.presharedKey() == null ? PresharedKey.NONE : peer.presharedKey();
            reach =
                    HandshakeProbe.call(
                            endpoint,
                            config.device().privateKey(),
                            peer.publicKey(),
                            presharedKey,
                            TIMEOUT);
        }
        return new Probe(route, null, reach, null);
    }
}
