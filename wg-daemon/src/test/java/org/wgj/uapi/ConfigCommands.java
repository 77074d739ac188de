// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.tunnel.Configurable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Applies commands as a set request does: written and read as text, without a connection. */
public final class ConfigCommands {
    private ConfigCommands() {}

    public static void apply(Configurable tunnel, List<SetCommand> commands) throws IOException {
        SetParser parser = new SetParser();
        List<SetCommand> read = new ArrayList<>();
        for (SetCommand command : commands) {
            read.add(parser.parse(SetText.line(command)));
        }
        if (!read.equals(commands)) {
            throw new AssertionError("a command is read as another");
        }
        SetOperation operation = new SetOperation();
        try {
            tunnel.configure(editor -> operation.apply(editor, read, true)).join();
        } catch (CompletionException e) {
            throw new IOException("refused", e);
        }
    }
}
