// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

/** The frame of a table that may be wider than the window. */
final class TableFrame {
    private TableFrame() {}

    /** Begins a table with a row of headings; rows follow, and {@link #end}. */
    static void begin(Html html, String title, String... headings) {
        frame(html, title + "-table", title);
        html.open("table", "aria-labelledby", title).open("thead").open("tr");
        for (String heading : headings) {
            html.element("th", heading, "scope", "col");
        }
        html.close().close().open("tbody");
    }

    /** Opens what scrolls, also by keyboard, if its table is too wide. */
    static void frame(Html html, String id, String title) {
        html.open(
                "div",
                "class",
                "scroll",
                "role",
                "group",
                "tabindex",
                "0",
                "id",
                id,
                "aria-labelledby",
                title);
    }

    static void end(Html html) {
        html.close().close().close();
    }
}
