// SPDX-License-Identifier: Apache-2.0
package org.wgj.request;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.config.AllowedIps;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.PeerConfig;
import org.wgj.uapi.SetCommand;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes the commands that bring an interface to a configuration. All endpoints are resolved first,
 * so if that fails, nothing is applied. The commands share the configuration's keys.
 */
public final class SetRequests {
    private final List<SetCommand> commands = new ArrayList<>();
    private final Map<PeerConfig, InetSocketAddress> endpoints = new HashMap<>();

    private SetRequests(DeviceConfig config, EndpointResolver resolver) throws IOException {
        for (PeerConfig peer : config.peers()) {
            if (peer.endpoint() != null) {
                endpoints.put(peer, resolve(peer, resolver));
            }
        }
    }

    private static InetSocketAddress resolve(PeerConfig peer, EndpointResolver resolver)
            throws IOException {
        try {
            return resolver.resolve(peer.endpoint());
        } catch (IOException e) {
            throw peer.line() == 0
                    ? e
                    : new IOException(
                            "[Peer] of line " + peer.line() + ", Endpoint: " + e.getMessage(), e);
        }
    }

    /** Like {@code wg setconf}: the configuration replaces the previous one. */
    public static List<SetCommand> setconf(DeviceConfig config, EndpointResolver resolver)
            throws IOException {
        SetRequests request = new SetRequests(config, resolver);
        request.add(new SetCommand.PrivateKey(config.privateKey()));
        request.add(new SetCommand.ListenPort(config.listenPort().orElse(0)));
        request.add(new SetCommand.Fwmark(config.fwmark().orElse(0)));
        request.add(new SetCommand.ReplacePeers());
        config.peers().forEach(request::whole);
        return request.commands;
    }

    /**
     * Like {@code wg addconf}: settings and peers that the configuration does not name stay as they
     * are.
     */
    public static List<SetCommand> addconf(DeviceConfig config, EndpointResolver resolver)
            throws IOException {
        SetRequests request = new SetRequests(config, resolver);
        if (config.privateKey() != null) {
            request.add(new SetCommand.PrivateKey(config.privateKey()));
        }
        config.listenPort().ifPresent(port -> request.add(new SetCommand.ListenPort(port)));
        config.fwmark().ifPresent(mark -> request.add(new SetCommand.Fwmark(mark)));
        config.peers().forEach(request::whole);
        return request.commands;
    }

    /**
     * Like {@code wg syncconf}: the result is that of {@link #setconf}, but settings that are
     * already right are not touched, so sessions continue. Unlike {@code wg}, this keeps the port
     * if the configuration names none.
     *
     * @param current the present configuration of the interface
     */
    public static List<SetCommand> syncconf(
            DeviceConfig config, StatusWithKeys current, EndpointResolver resolver)
            throws IOException {
        SetRequests request = new SetRequests(config, resolver);
        request.syncDevice(config, current);
        Set<PublicKey> wanted =
                config.peers().stream().map(PeerConfig::publicKey).collect(Collectors.toSet());
        Map<PublicKey, PeerStatus> present = new HashMap<>();
        for (PeerStatus peer : current.status().peers()) {
            present.put(peer.publicKey(), peer);
            if (!wanted.contains(peer.publicKey())) {
                request.add(new SetCommand.SelectPeer(peer.publicKey()));
                request.add(new SetCommand.Remove());
            }
        }
        Set<IpPrefix> moved = new HashSet<>();
        for (PeerConfig peer : config.peers()) {
            PeerStatus before = present.get(peer.publicKey());
            if (before == null) {
                request.whole(peer);
                moved.addAll(added(peer));
            } else {
                request.syncPeer(peer, before, current.presharedKey(peer.publicKey()), moved);
            }
        }
        return request.commands;
    }

    private void add(SetCommand command) {
        commands.add(command);
    }

    private void whole(PeerConfig peer) {
        add(new SetCommand.SelectPeer(peer.publicKey()));
        if (peer.presharedKey() != null) {
            add(new SetCommand.Preshared(peer.presharedKey()));
        }
        if (endpoints.containsKey(peer)) {
            add(new SetCommand.Endpoint(endpoints.get(peer)));
        }
        peer.persistentKeepalive()
                .ifPresent(seconds -> add(new SetCommand.PersistentKeepalive(seconds)));
        AllowedIps ranges = peer.allowedIps() == null ? AllowedIps.NONE : peer.allowedIps();
        commands.addAll(AllowedIpCommands.of(ranges));
    }

    private void syncDevice(DeviceConfig config, StatusWithKeys current) {
        if (!Objects.equals(config.privateKey(), current.privateKey())) {
            add(new SetCommand.PrivateKey(config.privateKey()));
        }
        config.listenPort()
                .ifPresent(
                        port -> {
                            if (port != current.status().listenPort()) {
                                add(new SetCommand.ListenPort(port));
                            }
                        });
        int fwmark = config.fwmark().orElse(0);
        if (fwmark != current.status().fwmark()) {
            add(new SetCommand.Fwmark(fwmark));
        }
    }

    /**
     * @param moved the ranges that this request has given to other peers so far, perhaps taking
     *     them from this one
     */
    private void syncPeer(
            PeerConfig peer, PeerStatus before, PresharedKey keyBefore, Set<IpPrefix> moved) {
        int begin = commands.size();
        PresharedKey key = peer.presharedKey() == null ? PresharedKey.NONE : peer.presharedKey();
        if (!key.equals(keyBefore)) {
            add(new SetCommand.Preshared(key));
        }
        InetSocketAddress endpoint = endpoints.get(peer);
        if (endpoint != null && !Endpoint.of(endpoint).equals(before.endpoint())) {
            add(new SetCommand.Endpoint(endpoint));
        }
        int keepalive = peer.persistentKeepalive().orElse(0);
        if (keepalive != before.persistentKeepaliveSeconds()) {
            add(new SetCommand.PersistentKeepalive(keepalive));
        }
        AllowedIps wanted = peer.allowedIps() == null ? AllowedIps.NONE : peer.allowedIps();
        boolean settled =
                !wanted.incremental()
                        && wanted.changes().size() == wanted.added().size()
                        && new HashSet<>(wanted.added()).equals(new HashSet<>(before.allowedIps()))
                        && wanted.added().stream().noneMatch(moved::contains);
        if (!settled) {
            commands.addAll(AllowedIpCommands.of(wanted));
            moved.addAll(wanted.added());
        }
        if (commands.size() > begin) {
            commands.add(begin, new SetCommand.SelectPeer(peer.publicKey()));
        }
    }

    private static List<IpPrefix> added(PeerConfig peer) {
        return peer.allowedIps() == null ? List.of() : peer.allowedIps().added();
    }
}
