// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.PeerConfig;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A file of a folder that is right: what it says of itself and of its peers. */
final class Member {
    private final MeshFile file;
    private final MeshFile.Content content;
    private final RangeTable table = new RangeTable();
    private final Map<PublicKey, PeerConfig> byKey = new HashMap<>();
    private final List<IpPrefix> hosts;
    private final List<IpPrefix> networks;
    private PublicKey key;
    private int group;

    Member(MeshFile file) {
        this.file = file;
        content = file.contentOrNull();
        if (content.device().privateKey() != null) {
            key = content.device().privateKey().publicKey();
        }
        for (PeerConfig peer : content.device().peers()) {
            byKey.putIfAbsent(peer.publicKey(), peer);
            allowed(peer).forEach(range -> table.add(range, peer));
        }
        List<MeshFile.Address> addresses = content.addresses();
        hosts = addresses.stream().map(own -> IpPrefix.host(own.address())).toList();
        networks =
                addresses.stream()
                        .map(own -> IpPrefix.networkOf(own.address(), own.length()))
                        .filter(range -> !isHost(range))
                        .toList();
    }

    static List<IpPrefix> allowed(PeerConfig peer) {
        return peer.allowedIps() == null ? List.of() : peer.allowedIps().added();
    }

    static boolean isHost(IpPrefix range) {
        return range.length() == (range.ipv6() ? 128 : 32);
    }

    static int keepalive(PeerConfig peer) {
        return peer.persistentKeepalive().orElse(0);
    }

    MeshFile file() {
        return file;
    }

    String label() {
        return file.label();
    }

    String node() {
        return file.node();
    }

    List<PeerConfig> peers() {
        return content.device().peers();
    }

    MeshFile.Content content() {
        return content;
    }

    /** The port at which it listens; 0 if the system chooses one. */
    int port() {
        return content.device().listenPort().orElse(0);
    }

    /** Returns whether the file itself has the private key. */
    boolean hasPrivateKey() {
        return content.device().privateKey() != null;
    }

    /** Its public key; null if that is not known. */
    PublicKey key() {
        return key;
    }

    void key(PublicKey inferred) {
        key = inferred;
    }

    /** Files whose peers lead from one to the other have the same number. */
    int group() {
        return group;
    }

    void group(int number) {
        group = number;
    }

    /** Its section about a key, the first; null if there is none. */
    PeerConfig peer(PublicKey of) {
        return of == null ? null : byKey.get(of);
    }

    /** Its section about another file; null if there is none. */
    PeerConfig peer(Member of) {
        return peer(of.key);
    }

    /** null if no peer does. */
    RangeTable.Hit route(IpPrefix host) {
        return table.of(host);
    }

    /** Its own addresses. */
    List<IpPrefix> hosts() {
        return hosts;
    }

    /** The networks that its addresses belong to, without single addresses. */
    List<IpPrefix> networks() {
        return networks;
    }
}
