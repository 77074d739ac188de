// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.claim.TunnelClaim;
import org.wgj.claim.TunnelKeys;
import org.wgj.claim.TunnelTakenException;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks whether the tunnel of a file runs already, as a process of this user or an interface. */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);
    private static final PublicKey NO_KEY = PublicKey.of(new byte[PublicKey.LENGTH]);

    private Claims() {}

    static TunnelKeys keys(TunnelConfig config) {
        if (config.privateKey() == null) {
            return new TunnelKeys(NO_KEY, Set.of()); // without a key it has no session
        }
        return new TunnelKeys(
                config.privateKey().publicKey(),
                config.peers().stream()
                        .map(TunnelConfig.Peer::publicKey)
                        .collect(Collectors.toSet()));
    }

    /**
     * Claims the tunnel of a file for a process that stays.
     *
     * @throws IOException if another process has it; the message says what to do
     */
    static TunnelClaim take(ProxyConfig config, String command, Map<String, String> environment)
            throws IOException {
        try {
            return TunnelClaim.take(keys(config.tunnel()), command, environment);
        } catch (TunnelTakenException e) {
            throw new IOException(
                    config.source() + ": " + e.getMessage() + ": end that one first", e);
        }
    }

    /**
     * Returns why an interface of this machine probably has the tunnel of a file: it has one of its
     * addresses, and is one of WireGuard or a TUN device as far as the system tells. A daemon that
     * answers this user can prove the contrary.
     *
     * @return a message without the end; empty if there is none
     */
    static Optional<String> interfaceInUse(ProxyConfig config) {
        try {
            for (NetworkInterface each :
                    Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (!each.isUp() || !each.isPointToPoint()) {
                    continue;
                }
                for (TunnelConfig.Address address : config.tunnel().addresses()) {
                    if (has(each, address.address()) && !isAnother(each.getName(), config)) {
                        return Optional.of(
                                config.source()
                                        + ": the interface "
                                        + each.getName()
                                        + " has its address "
                                        + IpText.format(address.address())
                                        + ", and would lose its session to a second tunnel with"
                                        + " the same key");
                    }
                }
            }
        } catch (SocketException e) {
            LOG.debug("cannot list the interfaces: {}", e.getMessage());
        }
        return Optional.empty();
    }

    /** Refuses a tunnel that an interface of this machine probably has. */
    static void refuseBesideInterface(ProxyConfig config) throws IOException {
        Optional<String> found = interfaceInUse(config);
        if (found.isPresent()) {
            throw new IOException(
                    found.get()
                            + ": use the interface, without wgj; or add --anyway if it belongs to"
                            + " another tunnel");
        }
    }

    private static boolean has(NetworkInterface one, InetAddress address) {
        // Not equals: a link-local address of an interface has its scope.
        return one.inetAddresses()
                .anyMatch(each -> Arrays.equals(each.getAddress(), address.getAddress()));
    }

    private static boolean isAnother(String name, ProxyConfig config) {
        try {
            TunnelStatus status = UapiClient.of(name).get();
            TunnelKeys keys = keys(config.tunnel());
            return !keys.own().equals(status.publicKey())
                    || status.peers().stream()
                            .noneMatch(peer -> keys.peers().contains(peer.publicKey()));
        } catch (IOException | IllegalArgumentException e) {
            return false; // it is the kernel's, or only root may ask
        }
    }
}
