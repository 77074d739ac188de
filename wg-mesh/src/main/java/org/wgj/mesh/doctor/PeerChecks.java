// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.crypto.PresharedKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.PeerConfig;

import java.util.ArrayList;
import java.util.List;

/** Checks which node lists which other node, and by which key: D1 to D4. */
final class PeerChecks {
    private static final String NEW_PAIR =
            "a pair of keys for each machine: wgj genkey | tee private.key | wgj pubkey";

    private final Folder folder;
    private final Verdicts verdicts;

    PeerChecks(Folder folder, Verdicts verdicts) {
        this.folder = folder;
        this.verdicts = verdicts;
    }

    void run() {
        for (Member member : folder.members()) {
            own(member);
            List<String> strangers = new ArrayList<>();
            for (PeerConfig peer : member.peers()) {
                Member owner = folder.owner(peer);
                if (owner == null) {
                    if (!wrongKey(member, peer)) {
                        strangers.add(peer.publicKey().toString());
                    }
                } else if (owner != member) {
                    pair(member, peer, owner);
                }
            }
            if (!strangers.isEmpty() && folder.members().size() > 1) {
                verdicts.skip(
                        Fault.KEY,
                        member.label(),
                        "no file of this folder has the key of %s"
                                .formatted(
                                        strangers.size() == 1
                                                ? "its peer " + strangers.getFirst()
                                                : strangers.size()
                                                        + " of its peers, such as "
                                                        + strangers.getFirst()));
            }
            clones(member);
        }
        boolean anyPair = folder.groups().stream().anyMatch(group -> group.size() > 1);
        if (!anyPair && folder.members().size() > 1) {
            verdicts.fail(
                    Fault.ONE_SIDED,
                    verdicts.whole(),
                    "none of these %d files lists another one as a peer: this is no mesh"
                            .formatted(folder.members().size()),
                    "name the folder that has the files of all nodes, each with the others'"
                            + " public keys");
        }
    }

    private void own(Member member) {
        for (PeerConfig peer : member.peers()) {
            if (peer.publicKey().equals(member.key())) {
                verdicts.fail(
                        Fault.KEY,
                        member.label(),
                        "line %d: the peer has the public key of this file itself"
                                .formatted(peer.line()),
                        "enter the public key of the other side");
            }
        }
    }

    /** Finds the file that a peer with an unknown key must mean, by its address. */
    private boolean wrongKey(Member member, PeerConfig peer) {
        for (IpPrefix range : Member.allowed(peer)) {
            for (Member meant : folder.at(range)) {
                if (meant != member && meant.key() != null && member.peer(meant) == null) {
                    verdicts.fail(
                            Fault.KEY,
                            member.label(),
                            "line %d: the peer has the address of %s, but the key %s instead of %s"
                                    .formatted(
                                            peer.line(),
                                            meant.label(),
                                            peer.publicKey(),
                                            meant.key()),
                            "PublicKey = " + meant.key().toBase64());
                    return true;
                }
            }
        }
        return false;
    }

    private void pair(Member member, PeerConfig there, Member other) {
        PeerConfig back = other.peer(member);
        if (back == null) {
            if (member.key() != null && !hasWrongKeyFor(other, member)) {
                verdicts.fail(
                        Fault.ONE_SIDED,
                        other.label(),
                        "%s lists this node, but is not listed here: its packets are dropped"
                                .formatted(member.label()),
                        "add to %s: [Peer] PublicKey = %s, AllowedIPs = %s"
                                .formatted(other.label(), member.key().toBase64(), hosts(member)));
            }
            return;
        }
        if (member.label().compareTo(other.label()) < 0) {
            presharedKeys(member, there, other, back);
        }
    }

    private static String hosts(Member member) {
        return String.join(", ", member.hosts().stream().map(IpPrefix::toString).toList());
    }

    private boolean hasWrongKeyFor(Member of, Member meant) {
        return of.peers().stream()
                .filter(peer -> folder.owner(peer) == null)
                .anyMatch(peer -> Member.allowed(peer).stream().anyMatch(meant.hosts()::contains));
    }

    private void presharedKeys(Member a, PeerConfig there, Member b, PeerConfig back) {
        PresharedKey one = preshared(there);
        PresharedKey other = preshared(back);
        if (one.equals(other)) {
            return;
        }
        boolean here = !one.equals(PresharedKey.NONE);
        String seen =
                here && !other.equals(PresharedKey.NONE)
                        ? "%s and this file have different preshared keys for each other"
                                .formatted(b.label())
                        : here
                                ? "there is a preshared key for %s, and none on its side"
                                        .formatted(b.label())
                                : "%s has a preshared key for this node, and there is none here"
                                        .formatted(b.label());
        verdicts.fail(
                Fault.PRESHARED_KEY,
                a.label(),
                seen + ": no handshake succeeds",
                "wgj genpsk, and the same PresharedKey in both files");
    }

    private static PresharedKey preshared(PeerConfig peer) {
        return peer.presharedKey() == null ? PresharedKey.NONE : peer.presharedKey();
    }

    private void clones(Member member) {
        if (!member.hasPrivateKey()) {
            return;
        }
        for (Member other : folder.owners(member.key())) {
            if (other == member) {
                return; // the pairs with later files are theirs to tell
            }
            if (other.node().equals(member.node())) {
                verdicts.warn(
                        Fault.CLONE,
                        member.label(),
                        "has the private key of %s: a thief of the key gets into both networks"
                                .formatted(other.label()),
                        NEW_PAIR.replace("machine", "interface"));
            } else {
                verdicts.fail(
                        Fault.CLONE,
                        member.label(),
                        "has the private key of %s: the others answer the one they heard last"
                                .formatted(other.label()),
                        NEW_PAIR);
            }
        }
    }
}
