"""Instructions as text, plain and folded, to a flat sequence of `Instr`.

Lives here: the loop over the tokens of an expression, blocks and their labels, what the folded form means.
Not here: immediates (immediates.py) and whether operands fit (validation).

A folded instruction is written down when its parenthesis closes, a folded block when it opens. What is open stands on a list of
our own, so text may nest as deep as the limits allow; nothing here calls itself.

spec: text/instructions
"""

from __future__ import annotations

from enum import Enum, auto

from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import Expression, Instr
from pywasm_vm.text.immediates import IMMEDIATES, TWO_ROWS, Reader, blocktype, catches
from pywasm_vm.text.lexer import BRANCH_HINT
from pywasm_vm.text.tokens import Tokens, shown

__all__ = ["ExpressionReader"]


class Form(Enum):
    """What is open, and so what may come next and what a closing parenthesis does."""

    FOLDED = auto()
    """`(word immediates operand …)`: folded operands only; the instruction comes at the end."""
    BLOCK = auto()
    """`(block …`, `(loop …`, `(try_table …`: anything; the parenthesis is its `end`."""
    IF = auto()
    """`(if … condition`: folded operands, then its arms."""
    TRY = auto()
    """`(try …`: its arms."""
    ARM = auto()
    """`(then …`, `(else …`, `(do …`, `(catch …`: anything."""
    FLAT = auto()
    """`block …` and its like: anything up to the word that ends it."""


class Open:
    """Something that is open. *instr* waits to be written down, *arm* is the last arm that was met."""

    __slots__ = ("arm", "form", "hint", "instr", "name", "row")

    def __init__(self, form: Form, row: Opcode, name: str | None, instr: Instr, hint: bytes | None = None) -> None:
        self.form = form
        self.row = row
        self.name = name
        self.instr = instr
        self.hint = hint
        self.arm = ""


_END, _ELSE, _CATCH, _CATCH_ALL, _DELEGATE = (BY_MNEMONIC[word] for word in ("end", "else", "catch", "catch_all", "delegate"))
_IF, _TRY, _TRY_TABLE = BY_MNEMONIC["if"], BY_MNEMONIC["try"], BY_MNEMONIC["try_table"]

_BLOCKS = {word: BY_MNEMONIC[word] for word in ("block", "loop", "if", "try", "try_table")}
_CONTINUE = frozenset({"end", "else", "catch", "catch_all", "delegate"})

# The arms of a folded block, each with the arms it may follow; "" is the beginning.
_ARMS: dict[Form, dict[str, tuple[str, ...]]] = {
    Form.IF: {"then": ("",), "else": ("then",)},
    Form.TRY: {"do": ("",), "catch": ("do", "catch"), "catch_all": ("do", "catch"), "delegate": ("do",)},
}

# The words that go on in a flat block: in which block, and behind which others.
_GOES_ON: dict[str, tuple[Opcode, tuple[str, ...]]] = {
    "else": (_IF, ("",)),
    "catch": (_TRY, ("", "catch")),
    "catch_all": (_TRY, ("", "catch")),
    "delegate": (_TRY, ("",)),
}


class ExpressionReader:
    """Reads one expression. *hints* collects branch hints by the number of their instruction, where they are allowed."""

    __slots__ = ("hints", "instructions", "nesting", "opened", "reader", "tokens")

    def __init__(self, reader: Reader, nesting: int, hints: dict[int, bytes] | None = None) -> None:
        self.reader = reader
        self.tokens: Tokens = reader.tokens
        self.nesting = nesting
        self.hints = hints
        self.instructions: list[Instr] = []
        self.opened: list[Open] = []

    def read(self, stop: int) -> Expression:
        """The instructions up to the token with index *stop*, and an `end` behind them."""
        tokens, texts, opened = self.tokens, self.tokens.texts, self.opened
        hinted = bool(tokens.annotations) and self.hints is not None
        while tokens.at < stop:
            word = texts[tokens.at]
            hint = self._hint() if hinted else None
            if word == "(":
                tokens.at += 1
                if not self._arm():
                    if hinted and hint is None:
                        hint = self._hint()
                    self._folded(hint)
            elif word == ")":
                self._close()
                tokens.at += 1
            elif opened and opened[-1].form in (Form.FOLDED, Form.IF, Form.TRY):
                raise tokens.unexpected("a folded instruction")
            elif word in _CONTINUE:
                self._continue(word)
            else:
                self._plain(word, hint)
        if opened:
            raise tokens.unexpected(f"the end of `{opened[-1].row.mnemonic}`")
        self.instructions.append((_END, (), tokens.positions[stop]))
        return Expression(self.instructions)

    def _plain(self, word: str, hint: bytes | None) -> None:
        if word in _BLOCKS:
            self._block(word, Form.FLAT, hint)
            return
        instr = self._instruction(word)
        if hint is not None:
            self._note_hint(hint)
        self.instructions.append(instr)

    def _instruction(self, word: str) -> Instr:
        """The instruction whose word comes next, with its immediates."""
        tokens = self.tokens
        position = tokens.positions[tokens.at]
        known = IMMEDIATES.get(word)
        if known is not None:
            tokens.at += 1
            row, parser = known
            return row, parser(self.reader) if parser is not None else (), position
        if word not in TWO_ROWS:
            raise tokens.unexpected("an instruction")
        tokens.at += 1
        row, immediates = TWO_ROWS[word](self.reader)
        return row, immediates, position

    def _folded(self, hint: bytes | None) -> None:
        """What stands behind an opening parenthesis."""
        word = self.tokens.next
        if word in _CONTINUE:
            raise self.tokens.unexpected("an instruction")
        if word in _BLOCKS:
            self._block(word, {"if": Form.IF, "try": Form.TRY}.get(word, Form.BLOCK), hint)
        else:
            instr = self._instruction(word)
            self.opened.append(Open(Form.FOLDED, instr[0], None, instr, hint))

    def _block(self, word: str, form: Form, hint: bytes | None) -> None:
        """A block begins. A folded `if` is written down only when its operands have been."""
        tokens, row = self.tokens, _BLOCKS[word]
        position = tokens.positions[tokens.at]
        tokens.at += 1
        name = tokens.identifier()
        kind = blocktype(self.reader)
        instr: Instr = (row, (kind, catches(self.reader)) if row is _TRY_TABLE else (kind,), position)
        block = Open(form, row, name, instr, hint)
        if form is not Form.IF:
            self._enter(block)
        self.opened.append(block)

    def _enter(self, block: Open) -> None:
        """Write down the beginning of *block*; its label can be seen from here on."""
        if block.hint is not None:
            self._note_hint(block.hint)
        self.instructions.append(block.instr)
        self.reader.function.open(block.name)
        if len(self.reader.function.labels) - 1 > self.nesting:
            raise self.tokens.malformed(f"nesting too deep: more than {self.nesting} blocks in one another")

    def _arm(self) -> bool:
        """Go into the arm of a folded block, if one begins here, and say whether one did."""
        block = self.opened[-1] if self.opened else None
        if block is None or block.form not in _ARMS:
            return False
        tokens = self.tokens
        word = tokens.next
        behind = _ARMS[block.form].get(word)
        if behind is None:
            if block.form is Form.IF and not block.arm:
                return False
            raise tokens.unexpected()
        if block.arm not in behind:
            raise tokens.unexpected(f"what may follow `{block.arm or block.row.mnemonic}`")
        if word == "then":
            self._enter(block)
        block.arm = word
        position = tokens.position
        tokens.at += 1
        self.opened.append(Open(Form.ARM, block.row, None, block.instr))
        if word not in ("then", "do"):
            self._go_on(word, position)
        return True

    def _go_on(self, word: str, position: int) -> None:
        """Write down `else`, `catch`, `catch_all` or `delegate`."""
        function = self.reader.function
        if word == "delegate":
            function.close()
        row, parser = IMMEDIATES[word]
        self.instructions.append((row, parser(self.reader) if parser is not None else (), position))

    def _close(self) -> None:
        """A parenthesis closes, before which the cursor stands."""
        block = self.opened[-1] if self.opened else None
        if block is None or block.form is Form.FLAT:
            raise self.tokens.unexpected("the word that ends the block")
        self.opened.pop()
        if block.form is Form.FOLDED:
            if block.hint is not None:
                self._note_hint(block.hint)
            self.instructions.append(block.instr)
        elif block.form is not Form.ARM:
            if block.form in _ARMS and not block.arm:
                raise self.tokens.unexpected("`(then`" if block.form is Form.IF else "`(do`")
            if block.arm != "delegate":
                self.reader.function.close()
                self.instructions.append((_END, (), self.tokens.position))

    def _continue(self, word: str) -> None:
        """`end`, `else` and their like, in a flat block."""
        tokens = self.tokens
        block = self.opened[-1] if self.opened else None
        if block is None or block.form is not Form.FLAT:
            raise tokens.unexpected("an instruction")
        position = tokens.position
        if word == "end":
            tokens.at += 1
            self._check_label(block)
            self.opened.pop()
            self.reader.function.close()
            self.instructions.append((_END, (), position))
            return
        row, behind = _GOES_ON[word]
        if block.row is not row or block.arm not in behind:
            raise tokens.unexpected("an instruction")
        tokens.at += 1
        if word in ("else", "catch_all"):
            self._check_label(block)
        block.arm = word
        self._go_on(word, position)
        if word == "delegate":
            self.opened.pop()

    def _check_label(self, block: Open) -> None:
        """The identifier behind `end` and `else` repeats that of the block, if it is there."""
        at = self.tokens.at
        name = self.tokens.identifier()
        if name is not None and name != block.name:
            raise self.tokens.malformed(f"mismatching label {shown('$' + name)}", at)

    def _hint(self) -> bytes | None:
        """The branch hint in front of the next token."""
        found = self.tokens.annotated(BRANCH_HINT)
        if not found:
            return None
        if len(found) > 1:
            raise self.tokens.source.malformed(f"@{BRANCH_HINT} annotation: duplicate annotation", found[1].position)
        return Tokens(found[0].content).strings()

    def _note_hint(self, hint: bytes) -> None:
        if self.hints is not None:
            self.hints[len(self.instructions)] = hint
