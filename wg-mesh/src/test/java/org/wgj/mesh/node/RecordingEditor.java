// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelEditor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes down what a change does to a tunnel. */
final class RecordingEditor implements TunnelEditor {
    private record Call(PublicKey peer, String what, PublicKey otherOrNull) {
        String text(Map<PublicKey, String> names) {
            String text = names.get(peer) + " " + what;
            return what.equals("standsInFor") ? text + " " + names.get(otherOrNull) : text;
        }
    }

    private final List<Call> calls = new ArrayList<>();

    void record(TunnelChange change) {
        try {
            change.apply(this);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> calls(Map<PublicKey, String> names) {
        return calls.stream().map(call -> call.text(names)).toList();
    }

    private void call(PublicKey peer, String what) {
        calls.add(new Call(peer, what, null));
    }

    @Override
    public void acceptMistakes() {
        throw new AssertionError("a node makes no mistakes");
    }

    @Override
    public void privateKey(PrivateKey keyOrNull) {
        throw new AssertionError("sessions would end");
    }

    @Override
    public void renewPrivateKey(PrivateKey key) {
        throw new AssertionError("the key stays");
    }

    @Override
    public void listenPort(int port) {
        throw new AssertionError("the port stays");
    }

    @Override
    public void fwmark(int mark) {
        throw new AssertionError("the mark stays");
    }

    @Override
    public Optional<PeerEditor> peer(PublicKey key) {
        return Optional.of(new Peer(key));
    }

    @Override
    public PeerEditor addPeer(PublicKey key) {
        return new Peer(key);
    }

    @Override
    public void removePeer(PublicKey key) {
        call(key, "removed");
    }

    @Override
    public void removePeers() {
        throw new AssertionError("others stay");
    }

    private final class Peer implements PeerEditor {
        private final PublicKey key;

        Peer(PublicKey key) {
            this.key = key;
        }

        private PeerEditor did(String what) {
            call(key, what);
            return this;
        }

        @Override
        public PeerEditor presharedKey(PresharedKey preshared) {
            return did("presharedKey");
        }

        @Override
        public PeerEditor endpoint(InetSocketAddress address) {
            return did("endpoint " + address);
        }

        @Override
        public PeerEditor persistentKeepalive(int seconds) {
            return did("persistentKeepalive " + seconds);
        }

        @Override
        public PeerEditor allowedIp(IpPrefix range) {
            return did("allowedIp " + range);
        }

        @Override
        public PeerEditor removeAllowedIp(IpPrefix range) {
            return did("removeAllowedIp " + range);
        }

        @Override
        public PeerEditor removeAllowedIps() {
            return did("removeAllowedIps");
        }

        @Override
        public PeerEditor managedEndpoint(boolean managed) {
            return did("managedEndpoint " + managed);
        }

        @Override
        public PeerEditor standsInFor(PublicKey otherOrNull) {
            calls.add(new Call(key, "standsInFor", otherOrNull));
            return this;
        }

        @Override
        public PeerEditor handshakesAllowed(boolean allowed) {
            return did("handshakesAllowed " + allowed);
        }

        @Override
        public PeerEditor handshakeEndpoints(List<InetSocketAddress> addresses) {
            return did("handshakeEndpoints");
        }

        @Override
        public PeerEditor initiate() {
            return did("initiate");
        }
    }
}
