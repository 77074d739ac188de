// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.wgj.crypto.PublicKey;
import org.wgj.quick.Output;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.NameWatch;
import org.wgj.tunnel.config.PeerConfig;
import org.wgj.tunnel.config.QuickConfig.Table;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Resolves the endpoints of a file. A name that cannot be resolved stops an interface from coming
 * up only if it could not be resolved afterwards either; otherwise {@link NameWatch} tries it
 * again.
 */
final class Endpoints {
    private Endpoints() {}

    /** Returns the endpoints that are host names, by the peers' keys. */
    static Map<PublicKey, HostPort> names(DeviceConfig config) {
        Map<PublicKey, HostPort> found = new HashMap<>();
        for (PeerConfig peer : config.peers()) {
            if (peer.endpoint() != null && peer.endpoint().isName()) {
                found.put(peer.publicKey(), peer.endpoint());
            }
        }
        return found;
    }

    /**
     * Returns the file with addresses instead of host names, and without the endpoints that cannot
     * be resolved now. It shares the keys of the original.
     *
     * @throws UnresolvedName if {@code needed} and a name cannot be resolved
     */
    static ConfigFile lookUp(
            ConfigFile file, EndpointResolver resolver, boolean needed, Output output)
            throws IOException {
        DeviceConfig device = file.device();
        List<PeerConfig> peers = new ArrayList<>();
        for (PeerConfig peer : device.peers()) {
            boolean named = peer.endpoint() != null && peer.endpoint().isName();
            peers.add(named ? lookUp(file, peer, resolver, needed, output) : peer);
        }
        return new ConfigFile(
                file.path(),
                file.interfaceName(),
                new DeviceConfig(device.privateKey(), device.listenPort(), device.fwmark(), peers),
                file.quick());
    }

    /**
     * Returns whether host names must be resolved before the interface is up: if it carries all
     * packets or has its own name servers, no lookup gets through without an endpoint.
     */
    static boolean areNeeded(ConfigFile file) {
        return !file.quick().dnsServers().isEmpty() || takesAll(file);
    }

    private static boolean takesAll(ConfigFile file) {
        return !(file.quick().table() instanceof Table.Off)
                && file.device().peers().stream()
                        .filter(peer -> peer.allowedIps() != null)
                        .flatMap(peer -> peer.allowedIps().added().stream())
                        .anyMatch(range -> range.length() <= 1);
    }

    private static PeerConfig lookUp(
            ConfigFile file,
            PeerConfig peer,
            EndpointResolver resolver,
            boolean needed,
            Output output)
            throws IOException {
        HostPort found = null;
        try {
            InetSocketAddress address = resolver.resolve(peer.endpoint());
            found = new HostPort(address.getAddress().getHostAddress(), address.getPort());
        } catch (IOException e) {
            String why =
                    "%s, [Peer] of line %d, Endpoint: %s"
                            .formatted(file.path(), peer.line(), e.getMessage());
            if (needed) {
                throw new UnresolvedName(why, e);
            }
            output.warn(
                    "%s; %s comes up without this endpoint and tries again"
                            .formatted(why, file.interfaceName()));
        }
        return new PeerConfig(
                peer.line(),
                peer.publicKey(),
                peer.presharedKey(),
                found,
                peer.persistentKeepalive(),
                peer.allowedIps());
    }
}
