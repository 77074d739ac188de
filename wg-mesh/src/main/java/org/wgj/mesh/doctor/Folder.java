// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.PeerConfig;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The right files of a folder, and which of them belong together. */
final class Folder {
    private final List<Member> members = new ArrayList<>();
    private final Map<PublicKey, List<Member>> byKey = new HashMap<>();
    private final Map<IpPrefix, List<Member>> byHost = new HashMap<>();
    private final Map<String, List<Member>> byNode = new LinkedHashMap<>();

    Folder(List<MeshFile> files, Verdicts verdicts) {
        for (MeshFile file : files) {
            if (file.contentOrNull() != null) {
                Member member = new Member(file);
                members.add(member);
                member.hosts().forEach(host -> put(byHost, host, member));
                put(byNode, member.node(), member);
                if (member.key() != null) {
                    put(byKey, member.key(), member);
                }
            }
        }
        inferKeys(verdicts);
        group();
    }

    private static <K> void put(Map<K, List<Member>> map, K key, Member member) {
        map.computeIfAbsent(key, any -> new ArrayList<>()).add(member);
    }

    /** A node may keep its private key out of its file: then its peers tell its public key. */
    private void inferKeys(Verdicts verdicts) {
        Map<IpPrefix, Set<PublicKey>> named = new HashMap<>();
        for (Member member : members) {
            for (PeerConfig peer : member.peers()) {
                if (byKey.containsKey(peer.publicKey())) {
                    continue;
                }
                for (IpPrefix range : Member.allowed(peer)) {
                    if (byHost.containsKey(range)) {
                        named.computeIfAbsent(range, any -> new LinkedHashSet<>())
                                .add(peer.publicKey());
                    }
                }
            }
        }
        for (Member member : members) {
            if (member.key() != null) {
                continue;
            }
            Set<PublicKey> keys = new LinkedHashSet<>();
            member.hosts().forEach(host -> keys.addAll(named.getOrDefault(host, Set.of())));
            if (keys.size() == 1) {
                member.key(keys.iterator().next());
                put(byKey, member.key(), member);
            } else if (keys.size() > 1) {
                verdicts.fail(
                        Fault.KEY,
                        member.label(),
                        "the other files give it %d different public keys".formatted(keys.size()),
                        "on that machine: wgj pubkey < private.key, and the same in all files");
            }
        }
    }

    /** Numbers the files by what their peers lead to. */
    private void group() {
        for (int i = 0; i < members.size(); i++) {
            members.get(i).group(i);
        }
        int[] parents = new int[members.size()];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = i;
        }
        for (Member member : members) {
            for (PeerConfig peer : member.peers()) {
                for (Member owner : owners(peer.publicKey())) {
                    parents[root(parents, owner.group())] = root(parents, member.group());
                }
            }
        }
        int[] roots = new int[parents.length];
        for (int i = 0; i < parents.length; i++) {
            roots[i] = root(parents, i);
        }
        for (int i = 0; i < roots.length; i++) {
            members.get(i).group(roots[i]);
        }
    }

    private static int root(int[] parents, int of) {
        int at = of;
        while (parents[at] != at) {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        return at;
    }

    List<Member> members() {
        return members;
    }

    /** The files with a key; more than one if it was copied. */
    List<Member> owners(PublicKey key) {
        return byKey.getOrDefault(key, List.of());
    }

    /** Returns the file of a peer; null if the peer is none of these files. */
    Member owner(PeerConfig peer) {
        List<Member> owners = owners(peer.publicKey());
        return owners.isEmpty() ? null : owners.getFirst();
    }

    /** The files with an address. */
    List<Member> at(IpPrefix host) {
        return byHost.getOrDefault(host, List.of());
    }

    /** The addresses that two files or more have. */
    Map<IpPrefix, List<Member>> hosts() {
        return byHost;
    }

    /** The files of each machine. */
    Map<String, List<Member>> nodes() {
        return byNode;
    }

    /** The files that belong together, in groups. */
    List<List<Member>> groups() {
        Map<Integer, List<Member>> groups = new LinkedHashMap<>();
        members.forEach(member -> put(groups, member.group(), member));
        return List.copyOf(groups.values());
    }

    /** Returns the name of a peer in reports: its file, or its public key. */
    String name(PeerConfig peer) {
        Member owner = owner(peer);
        return owner == null ? peer.publicKey().toString() : owner.label();
    }
}
