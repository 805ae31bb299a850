import {
  CodeLens,
  type CodeLensProvider,
  CompletionItem,
  CompletionItemKind,
  type CompletionItemProvider,
  Diagnostic,
  DiagnosticSeverity,
  Disposable,
  type DocumentFilter,
  extensions,
  Hover,
  type HoverProvider,
  languages,
  MarkdownString,
  Range,
  type TextDocument,
  workspace,
} from 'vscode';
import { parseRecipe } from '../../recipe/parseRecipe.ts';
import { recipeHover, recipeOffers } from '../../recipe/recipeOffers.ts';
import { type RecipeTable, recipePatterns } from '../../recipe/recipeTable.ts';
import { notice } from '../jobs/messageOf.ts';

/* Recipes in VS Code's editor: what may stand there is offered, what is wrong is marked, and the recipe is run by a click. */

const selector: readonly DocumentFilter[] = recipePatterns.map((name) => ({ scheme: 'file', pattern: `**/${name}` }));

/** Offers and explanations come from this extension where it is installed, by the same schema (`yamlValidation`). */
const yamlExtension = 'redhat.vscode-yaml';

/** Pause in typing after which a recipe is looked at; ms. */
const pause = 200;

const kinds = {
  key: CompletionItemKind.Property,
  section: CompletionItemKind.Module,
  value: CompletionItemKind.Value,
} as const;

function completions(table: () => RecipeTable): CompletionItemProvider {
  return {
    provideCompletionItems(document, position) {
      const { from, offers } = recipeOffers(document.getText(), position.line, position.character, table());
      const range = new Range(position.with({ character: from }), position);
      return offers.map((offer, at) => {
        const item = new CompletionItem(offer.text, kinds[offer.kind]);
        item.insertText = offer.insert;
        item.range = range;
        item.documentation = offer.description;
        // In the order of the command line's help.
        item.sortText = String(at).padStart(4, '0');
        return item;
      });
    },
  };
}

function hovers(table: () => RecipeTable): HoverProvider {
  return {
    provideHover(document, { line, character }) {
      const found = recipeHover(document.getText(), line, character, table());
      if (found === undefined) return undefined;
      const text = new MarkdownString().appendText(found.description);
      return new Hover(text, new Range(line, found.from, line, found.to));
    },
  };
}

const lenses: CodeLensProvider = {
  provideCodeLenses: ({ uri }) => [
    new CodeLens(new Range(0, 0, 0, 0), {
      title: '$(play) Run Recipe',
      command: 'rejuvenation.runRecipe',
      arguments: [uri],
    }),
  ],
};

/** Keeps the marks of all recipes that are open. */
class Marks implements Disposable {
  readonly #table: () => RecipeTable;
  readonly #marks = languages.createDiagnosticCollection('rejuvenation-recipe');
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #heard: Disposable;

  constructor(table: () => RecipeTable) {
    this.#table = table;
    this.#heard = Disposable.from(
      workspace.onDidOpenTextDocument((document) => this.#mark(document)),
      workspace.onDidChangeTextDocument(({ document }) => this.#markSoon(document)),
      workspace.onDidCloseTextDocument(({ uri }) => {
        clearTimeout(this.#waiting.get(uri.toString()));
        this.#waiting.delete(uri.toString());
        this.#marks.delete(uri);
      }),
    );
    for (const document of workspace.textDocuments) this.#mark(document);
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#heard.dispose();
    this.#marks.dispose();
  }

  #markSoon(document: TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.#waiting.get(key));
    this.#waiting.set(
      key,
      setTimeout(() => {
        this.#waiting.delete(key);
        if (!document.isClosed) this.#mark(document);
      }, pause),
    );
  }

  #mark(document: TextDocument): void {
    if (languages.match(selector, document) === 0) return;
    const faults = parseRecipe(document.getText(), this.#table()).faults;
    this.#marks.set(
      document.uri,
      faults.map(({ message, start, end }) => {
        const range = new Range(document.positionAt(start), document.positionAt(end));
        const mark = new Diagnostic(range, notice(message), DiagnosticSeverity.Error);
        mark.source = 'Rejuvenation';
        return mark;
      }),
    );
  }
}

/** @param makeTable what a recipe may say; asked for once, when a recipe is first looked at */
export function registerRecipes(makeTable: () => RecipeTable): Disposable {
  let made: RecipeTable | undefined;
  const table = () => {
    made ??= makeTable();
    return made;
  };
  const hasOther = () => extensions.getExtension(yamlExtension) !== undefined;
  const offers = completions(table);
  const hover = hovers(table);
  return Disposable.from(
    new Marks(table),
    languages.registerCodeLensProvider(selector, lenses),
    languages.registerCompletionItemProvider(
      selector,
      { provideCompletionItems: (...place) => (hasOther() ? [] : offers.provideCompletionItems(...place)) },
      ':',
      ' ',
    ),
    languages.registerHoverProvider(selector, {
      provideHover: (...place) => (hasOther() ? undefined : hover.provideHover(...place)),
    }),
  );
}
