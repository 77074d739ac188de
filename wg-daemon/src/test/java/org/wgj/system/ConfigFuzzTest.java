// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.AllowedIps;
import org.wgj.tunnel.config.ConfigException;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Our parser takes the files that {@code wg setconf} and {@code wg-quick strip} take, refuses those
 * that they refuse, and understands the same.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class ConfigFuzzTest {
    private static final long SEED = 20_261_122;
    private static final int FILES = 1000;

    /** wg-quick is a shell script and takes its time. */
    private static final int STRIPPED = 250;

    @RegisterExtension final Lab lab = new Lab();

    private final List<String> files = new ArrayList<>();
    private Host host;
    private Path folder;

    @BeforeAll
    void generate(@TempDir Path shared) throws IOException {
        folder = shared;
        host = lab.host("host");
        lab.daemon(host, Implementation.WGJ, "wg0");
        ConfigFuzz fuzz = new ConfigFuzz(SEED);
        for (int i = 0; i < FILES; i++) {
            files.add(fuzz.file());
            Files.writeString(path(i), files.getLast(), StandardCharsets.ISO_8859_1);
        }
    }

    private Path path(int number) {
        return folder.resolve("f" + number + ".conf");
    }

    @Test
    void agreesWithWgOnEveryFile() throws IOException {
        host.sh(
                """
                export WG_ENDPOINT_RESOLUTION_RETRIES=0
                for ((i = 0; i < %d; i++)); do
                    if wg setconf wg0 %s/f$i.conf 2>/dev/null; then
                        wg showconf wg0 > %s/$i.shown
                    fi
                done
                """,
                FILES, folder, folder);
        List<String> disagreements = new ArrayList<>();
        int accepted = 0;
        for (int i = 0; i < FILES; i++) {
            Path shown = folder.resolve(i + ".shown");
            String theirs = Files.exists(shown) ? state(DeviceConfig.read(shown)) : "refused";
            String ours = ours(path(i));
            accepted += ours.equals(theirs) && !ours.startsWith("refused") ? 1 : 0;
            boolean agree = ours.equals(theirs) || isRefused(ours) && isRefused(theirs);
            if (!agree && !isDeliberate(ours)) {
                disagreements.add(
                        "--- %d%n%s%n- wg: %s%n- wgj: %s".formatted(i, files.get(i), theirs, ours));
            }
        }
        assertEquals(List.of(), disagreements, "seed " + SEED);
        assertTrue(accepted > FILES / 10, "only " + accepted + " were right in the end");
        assertTrue(accepted < FILES - FILES / 10, accepted + " were right in the end");
    }

    private static boolean isRefused(String outcome) {
        return outcome.startsWith("refused");
    }

    /**
     * The differences that docs/wg-quick.md lists: wg takes the port modulo 65,536, and the last of
     * two sections.
     */
    private static boolean isDeliberate(String ours) {
        return ours.contains("expected a port from 0 to 65535")
                || ours.contains("each peer has one section");
    }

    private static String ours(Path file) throws IOException {
        try {
            DeviceConfig config = DeviceConfig.read(file);
            for (PeerConfig peer : config.peers()) {
                if (peer.endpoint() != null && literal(peer.endpoint()) == null) {
                    return "refused: no name can be resolved here";
                }
            }
            return state(config);
        } catch (ConfigException e) {
            return "refused: " + e.getMessage();
        }
    }

    private static InetAddress literal(HostPort endpoint) {
        try {
            return InetAddress.ofLiteral(endpoint.host());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The expected interface: a range belongs to the peer that named it last. */
    private static String state(DeviceConfig config) {
        Map<IpPrefix, PeerConfig> owners = new HashMap<>();
        for (PeerConfig peer : config.peers()) {
            AllowedIps ranges = peer.allowedIps() == null ? AllowedIps.NONE : peer.allowedIps();
            ranges.added().forEach(range -> owners.put(range, peer));
        }
        Map<String, List<Object>> peers = new LinkedHashMap<>();
        for (PeerConfig peer : config.peers()) {
            if (config.privateKey() != null
                    && peer.publicKey().equals(config.privateKey().publicKey())) {
                continue; // an interface is no peer of itself
            }
            Set<IpPrefix> ranges = new HashSet<>();
            owners.forEach(
                    (range, owner) -> ranges.addAll(owner == peer ? List.of(range) : List.of()));
            HostPort endpoint = peer.endpoint();
            peers.put(
                    peer.publicKey().toBase64(),
                    List.of(
                            peer.presharedKey() == null ? "" : peer.presharedKey().toBase64(),
                            endpoint == null ? "" : literal(endpoint) + " " + endpoint.port(),
                            peer.persistentKeepalive().orElse(0),
                            ranges));
        }
        return List.of(
                        config.privateKey() == null ? "" : config.privateKey().toBase64(),
                        config.listenPort().orElse(0),
                        config.fwmark().orElse(0),
                        peers)
                .toString();
    }

    @Test
    void stripsWhatWgQuickStrips() throws IOException {
        host.sh(
                """
                for ((i = 0; i < %d; i++)); do
                    wg-quick strip %s/f$i.conf > %s/$i.stripped 2>/dev/null || rm %s/$i.stripped
                done
                """,
                STRIPPED, folder, folder, folder);
        for (int i = 0; i < STRIPPED; i++) {
            Path stripped = folder.resolve(i + ".stripped");
            String theirs =
                    Files.exists(stripped)
                            ? Files.readString(stripped, StandardCharsets.ISO_8859_1)
                            : "refused";
            assertEquals(theirs, strip(path(i)), "seed " + SEED + ", of " + files.get(i));
        }
    }

    private static String strip(Path file) throws IOException {
        try {
            StringBuilder text = new StringBuilder();
            ConfigFile.strip(file.toString()).forEach(line -> text.append(line).append('\n'));
            return text.append('\n').toString();
        } catch (ConfigException e) {
            return "refused";
        }
    }
}
