// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.tunnel.config.ConfigFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj strip}. */
@Command(
        name = "strip",
        mixinStandardHelpOptions = true,
        description = "Prints a configuration without the keys that only wg-quick understands.",
        footerHeading = "%nExample:%n",
        footer = {"  wgj syncconf wg0 <(wgj strip wg0)"})
final class StripFile implements Callable<Integer> {
    @Parameters(
            paramLabel = "FILE",
            description = "A file NAME.conf, or NAME for /etc/wireguard/NAME.conf.")
    private String file;

    @Override
    public Integer call() throws IOException {
        List<String> lines = ConfigFile.strip(file);
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        // wg-quick ends with an empty line. The bytes of the file are printed unchanged, whatever
        // the encoding of the system.
        PrintStream out = System.out;
        out.write(text.append('\n').toString().getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return 0;
    }
}
