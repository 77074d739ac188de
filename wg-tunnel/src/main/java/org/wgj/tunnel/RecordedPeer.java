// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelEditor.PeerEditor;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Checks the settings of a peer on the thread of the caller that makes them, and keeps them until
 * the tunnel applies them on its own.
 */
final class RecordedPeer implements PeerEditor {
    private final List<Consumer<PeerEditor>> settings = new ArrayList<>();

    void applyTo(PeerEditor peer) {
        settings.forEach(setting -> setting.accept(peer));
    }

    private PeerEditor add(Consumer<PeerEditor> setting) {
        settings.add(setting);
        return this;
    }

    @Override
    public PeerEditor presharedKey(PresharedKey key) {
        Objects.requireNonNull(key, "presharedKey");
        return add(peer -> peer.presharedKey(key));
    }

    @Override
    public PeerEditor endpoint(InetSocketAddress address) {
        Arguments.endpoint(Objects.requireNonNull(address, "endpoint"));
        return add(peer -> peer.endpoint(address));
    }

    @Override
    public PeerEditor managedEndpoint(boolean managed) {
        return add(peer -> peer.managedEndpoint(managed));
    }

    @Override
    public PeerEditor standsInFor(PublicKey otherOrNull) {
        return add(peer -> peer.standsInFor(otherOrNull));
    }

    @Override
    public PeerEditor handshakesAllowed(boolean allowed) {
        return add(peer -> peer.handshakesAllowed(allowed));
    }

    @Override
    public PeerEditor handshakeEndpoints(List<InetSocketAddress> addresses) {
        List<InetSocketAddress> checked = Arguments.handshakeEndpoints(addresses);
        return add(peer -> peer.handshakeEndpoints(checked));
    }

    @Override
    public PeerEditor initiate() {
        return add(PeerEditor::initiate);
    }

    @Override
    public PeerEditor persistentKeepalive(int seconds) {
        Arguments.keepalive(seconds);
        return add(peer -> peer.persistentKeepalive(seconds));
    }

    @Override
    public PeerEditor allowedIp(IpPrefix range) {
        Objects.requireNonNull(range, "allowedIp");
        return add(peer -> peer.allowedIp(range));
    }

    @Override
    public PeerEditor removeAllowedIp(IpPrefix range) {
        Objects.requireNonNull(range, "removeAllowedIp");
        return add(peer -> peer.removeAllowedIp(range));
    }

    @Override
    public PeerEditor removeAllowedIps() {
        return add(PeerEditor::removeAllowedIps);
    }
}
