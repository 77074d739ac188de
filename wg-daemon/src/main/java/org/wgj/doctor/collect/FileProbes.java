// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Reach;
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
    static Map<PublicKey, Probe> run(ConfigFile config, boolean call) {
        Map<PublicKey, Probe> probes = new LinkedHashMap<>();
        try (ParallelProbes parallel = new ParallelProbes()) {
            for (PeerConfig peer : config.device().peers()) {
                if (peer.endpoint() != null) {
                    parallel.run(
                            () -> probe(config, peer, call),
                            probe -> probes.put(peer.publicKey(), probe));
                }
            }
        }
        return probes;
    }

    private static Probe probe(ConfigFile config, PeerConfig peer, boolean call) {
        HostPort where = peer.endpoint();
        InetSocketAddress endpoint = new InetSocketAddress(where.host(), where.port());
        EndpointRoute route = RouteProbe.look(endpoint, 0, 0);
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
