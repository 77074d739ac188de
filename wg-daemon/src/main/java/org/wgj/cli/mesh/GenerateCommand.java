// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.wgj.mesh.generate.Changes;
import org.wgj.mesh.generate.ConfFolder;
import org.wgj.mesh.generate.Generator;
import org.wgj.mesh.generate.Topology;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code wgj mesh generate}: the files of a mesh from a list of its nodes. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = {
            "Writes the configuration files of a mesh from a list of its nodes.",
            "nodes.txt has one line for each node: NAME PUBLIC-ADDRESS TUNNEL-ADDRESS. A public"
                + " address - stands for a node behind NAT, and a fourth word is the public key of"
                + " a node that keeps its private key. nodes.toml can say more.",
            "[mesh] may have topology, port, keepalive, mtu. A [[node]] has name and address, and"
                    + " may have endpoint, port, lan, gateway, masquerade, site, hub, public_key."
                    + " docs/mesh-generate.md explains them.",
            "Keys that the output folder has already are used again, so another run changes only"
                    + " what the list changes."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj mesh generate nodes.txt -o mesh-configs",
            "  wgj mesh generate nodes.txt --against mesh-configs   shows what would change"
        })
final class GenerateCommand implements Callable<Integer> {
    private static final Path DEFAULT_FOLDER = Path.of("mesh-configs");

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "NODES", description = "The list, NAME.txt or NAME.toml.")
    private Path list;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "The folder to write into; mesh-configs by default.")
    private Path folder;

    @Option(
            names = "--topology",
            paramLabel = "full|hub|sites",
            description =
                    "The peers of a node: all other nodes; the hubs; or the gateway of its site."
                            + " By default what nodes.toml says, or full.")
    private String topology;

    @Option(
            names = "--planes",
            description = "Make four interfaces, wg0 to wg3, with networks and ports that follow.")
    private boolean planes;

    @Option(names = "--psk", description = "Give each pair of nodes a preshared key.")
    private boolean psk;

    @Option(
            names = "--format",
            paramLabel = "conf|nft|dot|routes",
            defaultValue = "conf",
            description =
                    "What to write: files of wg-quick; firewall rulesets; a picture for Graphviz;"
                            + " the routes that machines in LANs need. Without -o, a picture goes"
                            + " to standard output.")
    private String format;

    @Option(
            names = "--against",
            paramLabel = "OLD",
            description =
                    "Use the keys of this folder, and print what changes compared with it. Nothing"
                            + " is written without -o.")
    private Path against;

    @Option(names = "--json", description = "Print what was done as JSON.")
    private boolean json;

    GenerateCommand() {}

    @Override
    public Integer call() throws IOException {
        Generator.Format chosen = choice(Generator.Format.class, "--format", format);
        if (against != null && chosen != Generator.Format.CONF) {
            throw new IllegalArgumentException("--against compares files of --format conf");
        }
        if (against != null && !Files.isDirectory(against)) {
            throw new IOException(against + ": no such folder to compare with");
        }
        Path target = folder == null ? DEFAULT_FOLDER : folder;
        Generator.Result result =
                Generator.generate(
                        new Generator.Request(
                                list,
                                topology == null
                                        ? null
                                        : choice(Topology.class, "--topology", topology),
                                planes,
                                psk,
                                chosen,
                                against != null ? against : target));
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        if (chosen == Generator.Format.DOT && folder == null && !json) {
            out.print(result.files().values().iterator().next());
            out.flush();
            return 0;
        }
        List<String> changes =
                against == null ? List.of() : Changes.between(result.files(), against);
        int written = 0;
        List<String> warnings = new ArrayList<>(result.warnings());
        if (against == null || folder != null) {
            written = ConfFolder.write(target, result.files());
            if (chosen == Generator.Format.CONF) {
                for (String stranger : ConfFolder.strangers(target, result.files().keySet())) {
                    warnings.add(target.resolve(stranger) + " belongs to no node of " + list);
                }
            }
        }
        if (json) {
            printJson(out, target, result, written, warnings, changes);
            return 0;
        }
        warnings.forEach(warning -> err.println("Warning: " + warning));
        changes.forEach(out::println);
        if (against != null && changes.isEmpty()) {
            err.println("nothing changes");
        }
        if (against == null || folder != null) {
            err.printf(
                    "%d files in %s, %d of them new or changed%s%n",
                    result.files().size(),
                    target,
                    written,
                    chosen == Generator.Format.CONF
                            ? ": " + result.nodes() + " nodes, " + result.peers() + " peer entries"
                            : "");
            if (chosen == Generator.Format.CONF && written > 0) {
                err.println(
                        "The files have private keys. Copy each to its node as /etc/wireguard/"
                                + (planes ? "wg0.conf to wg3.conf" : "wg0.conf")
                                + " and run: wgj up wg0");
            }
        }
        return 0;
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String option, String text) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
                return constant;
            }
        }
        List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            names.add(constant.name().toLowerCase(Locale.ROOT));
        }
        throw new IllegalArgumentException(option + " must be one of " + String.join(", ", names));
    }

    private void printJson(
            PrintWriter out,
            Path target,
            Generator.Result result,
            int written,
            List<String> warnings,
            List<String> changes) {
        JsonObject root = new JsonObject();
        root.addProperty("folder", target.toString());
        root.addProperty("nodes", result.nodes());
        root.addProperty("peers", result.peers());
        root.addProperty("written", written);
        root.add("files", array(result.files().keySet()));
        root.add("warnings", array(warnings));
        root.add("changes", array(changes));
        out.println(root);
        out.flush();
    }

    private static JsonArray array(Collection<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
