// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.relay.RelayFilter;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * A relay for stock peers as a program: its port, its private key, the file of its snapshot, and
 * the public keys of its members, whose addresses are 10.9.0.1, 10.9.0.2 and so on. Takes the
 * snapshot over at the start. Each line of input asks for the statistics, and a snapshot is written
 * before the answer.
 */
final class RelayHub {
    private RelayHub() {}

    public static void main(String[] arguments) throws IOException {
        PrivateKey key = PrivateKey.fromBase64(arguments[1]);
        Path file = Path.of(arguments[2]);
        List<RelayMember> members = new ArrayList<>();
        RelayFilter relay = new RelayFilter(RelayLimits.DEFAULT, new SecureRandom());
        Tunnel.Builder builder =
                Tunnel.builder(new MemoryTun("hub", 1420))
                        .privateKey(key)
                        .listenPort(Integer.parseInt(arguments[0]))
                        .filter(relay)
                        .listener(relay)
                        .reservedIndices(relay::isRelayed);
        for (int i = 3; i < arguments.length; i++) {
            PublicKey member = PublicKey.fromBase64(arguments[i]);
            String address = "10.9.0." + (i - 2) + "/32";
            members.add(new RelayMember(i - 2, "wg0", member));
            builder.peer(member, peer -> peer.allowedIp(IpPrefix.parse(address)));
        }
        relay.submit(
                r -> {
                    r.setOwnKeys(List.of(key.publicKey()));
                    r.setMembers(members);
                    return null;
                });
        Tunnel tunnel = builder.start();
        if (Files.exists(file)) {
            relay.restore(Files.readAllBytes(file)).join();
        }
        System.out.println("ready");
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            Path written =
                    Files.write(file.resolveSibling("snapshot.new"), relay.snapshot().join());
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            System.out.println(relay.statistics().join());
        }
        tunnel.close();
        System.exit(0);
    }
}
