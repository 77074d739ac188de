package org.wgj.doctor;

import org.wgj.doctor.Observation.Firewall;
import org.wgj.doctor.nft.Ruleset;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Has {@code nft} list the firewall's rules. */
final class Nft {
    /** People who are not root often have no sbin in their PATH. */
    private static final List<String> PROGRAMS = List.of("nft", "/usr/sbin/nft", "/sbin/nft");

    private static final int DEADLINE_SECONDS = 20;

    private Nft() {}

    static Firewall read(Path proc) {
        for (String program : PROGRAMS) {
            Process nft;
            try {
                nft =
                        new ProcessBuilder(program, "-j", "list", "ruleset")
                                .redirectError(ProcessBuilder.Redirect.DISCARD)
                                .start();
            } catch (IOException e) {
                continue; // there is no such program
            }
            return read(nft, proc);
        }
        return new Firewall(null, "the firewall's rules: there is no nft to list them");
    }

    private static Firewall read(Process nft, Path proc) {
        try {
            nft.getOutputStream().close();
            String json = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!nft.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || nft.exitValue() != 0) {
                return new Firewall(null, "the firewall's rules: nft may not list them, try sudo");
            }
            return new Firewall(Ruleset.parse(json), legacy(proc));
        } catch (IOException e) {
            return new Firewall(null, "the firewall's rules: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Firewall(null, "the firewall's rules: interrupted");
        } finally {
            nft.destroy();
        }
    }

    /** Tables of the old iptables are in effect beside those of nft, which does not show them. */
    private static String legacy(Path proc) {
        for (String file : List.of("net/ip_tables_names", "net/ip6_tables_names")) {
            try {
                if (!Files.readString(proc.resolve(file)).isBlank()) {
                    return "rules of iptables-legacy: nft does not list them";
                }
            } catch (IOException e) {
                // Its module is not loaded: there are none.
            }
        }
        return null;
    }
}
