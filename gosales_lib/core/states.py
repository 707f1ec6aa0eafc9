"""The states of deals and orders in the languages of sales logs: won, lost, open, delivered, paid.

A line of the table per state; two words that say it only together are written as one. No word
stands for two states; one that says another state elsewhere is left out.
"""

# ruff: noqa: RUF001 words of other scripts

from __future__ import annotations

import re
from itertools import pairwise

from gosales_lib.core.spelling import MARKS, plain

WORD = re.compile(rf"(?:[^\W_]|[{MARKS}])+")

TABLE = {
    "won": """
won closedwon gewonnen gagné gagnée ganado ganada vinto vinta ganho ganha wygrana wygrany wygrane
vyhráno vyhraný vyhraná vyhrané vyhraté vunnen vunnet vundet voitettu megnyert nyert kazanıldı
câștigat câștigată guanyat guanyada irabazita выиграна выиграно выигран выиграли виграно виграна
спечелена
спечелен спечелено добиена добиено добијен добијено dobijeno dobiveno dobljeno dobljen κερδισμένη
κερδήθηκε κερδισμένο võidetud laimėta laimėtas uzvarēts uzvarēta unnið unnin gewen fituar qazanıldı
ұтылды mirbuħ enillwyd menang זכייה זכינו رابحة رابح فوز ربحت 受注 成約 수주 성공 成功 赢单 贏單
中标 成交 ชนะ
""",
    "lost": """
lost closedlost verloren perdu perdue perdido perdida perso persa przegrana przegrany przegrane
utracona prohráno prohraný prohraná prehraté prehraná förlorad förlorat tapt tabt hävitty elveszett
elvesztett kaybedildi pierdut pierdută perdut perduda galduta проиграна проиграно проигран
проиграли програно програна втрачено прайграна загубена загубен загубено изгубена изгубено изгубљен
изгубљено izgubljeno izgubljen χαμένη χάθηκε χαμένο kaotatud pralaimėta prarasta zaudēts zaudēta
tapað töpuð verlore humbur itirildi жоғалды mitlufa collwyd kalah הפסד אבוד הפסדנו خاسرة خاسر خسارة
مفقودة 失注 실주 실패 输单 輸單 丢单 แพ้ thấtbại нереализовано нереализована
""",
    "cancelled": """
cancelled canceled cancel cancellation void voided failed declined rejected deleted abandoned
annulliert geloscht abgelehnt abgebrochen ungültig zurückgezogen storniert storno stornato annulé
annulée annulation abandonné refusé cancelado cancelada cancelación anulado anulada rechazado
rechazada recusado baja annullato annullata fallito fallido rifiutato estornado cancellat anullat
anullada ezeztatua geannuleerd vervallen mislukt anulowane anulowany anulowana anulowano odrzucone
odrzucony odrzuceno zrušeno zrušena zrušený zrušené stornované stornováno stornirano stornirana
avbruten makulerad annullerad annulleret annullert kansellert slettet peruttu peruutettu mitätöity
törölve törölt sztornó sztornózott anulat anulată iptal reddedildi отменен отменено отменена отмена
аннулирован анулировано анульовано анулирано скасовано скасований адменена откажана откажано
отказан отказано сторнирано otkazano otkazan otkazana otkazani poništeno preklicano preklican
ακυρώθηκε ακυρωμένη ακυρωμένο tühistatud atšaukta atšauktas anuliuota anuliuotas atcelts atcelta
anulēts afturkallað gekanselleer anuluar тоқтатылды ikkanċellat canslwyd dibatalkan batal huỷ מבוטל
בוטל מבוטלת ملغي ملغى ملغاة ملغية ยกเลิก ยกเลิกแล้ว キャンセル 取消 取消済 취소 취소됨 취소완료
취소여부 已取消 作废 已作废 是否作废 削除フラグ
afgewezen geweigerd odrzucona rejeté rejetée refusée denegado denegada desestimada respinto
respinta rifiutata rejeitado rejeitada avslagen avvisad avslått avvist afvist hylätty elutasított
elutasítva zamítnuto zamítnutá zamietnuté zamietnutá odmítnuto odmítnutá odmietnuté respins
refuzat refuzată rebutjat rebutjada отклонен отклонена отклонено отказ відхилено відхилена
отхвърлена отхвърлен odbijeno odbijena odbijen одбијено zavrnjeno zavrnjena απορρίφθηκε lükatud
atmesta atmestas noraidīts noraidīta hafnað ditolak נדחה נדחתה مرفوض مرفوضة ปฏิเสธ 却下 否決
거절 반려
拒绝 已拒绝 已驳回
""",
    "open": """
open pending hold quote quotation proposal negotiation qualification prospecting
appointmentscheduled qualifiedtobuy qt quo sq estimate proforma angebot offen verhandlung devis
ouverte négociation presupuesto pendiente abierta abierto negociación preventivo aperta trattativa
pendente orçamento negociação aberta aberto oferta offerte onderhandeling openstaand otwarta
otwarte oczekujące negocjacje otevřeno otevřená otvorené otvorená nabídka ponuka ponuda понуда
öppen offert förhandling åben tilbud åpen avoin tarjous neuvottelu nyitott ajánlat árajánlat
tárgyalás teklif beklemede açık görüşme deschis deschisă obert oberta pressupost irekita
aurrekontua открыт открыта открыто переговоры ожидает предложение відкрито відкрита переговори
пропозиція адкрыта прапанова отворена отворено оферта преговори otvoreno odprto ponudba ανοιχτή
ανοιχτό προσφορά εκκρεμεί avatud pakkumine atvira pasiūlymas atvērts piedāvājums opið tilboð oop
kwotasie hapur ofertë açıq təklif ашық ұсыныс miftuħ agored penawaran פתוח פתוחה הצעה مفتوحة مفتوح
عرض รอดำเนินการ 見積 商談中 提案中 交渉中 保留 未確定 進行中 进行中
folyamatban andamento rokovanie pågående igangværende käynnissä bearbeitung progress
제안중 제안 견적 협상중 진행중 대기 待付款
报价 報價 谈判 洽谈中 negosiasi đàmphán thươnglượng เจรจา กำลังเจรจา เสนอราคา
""",
    "draft": """
draft entwurf brouillon borrador bozza rascunho concept szkic koncept návrh utkast kladde luonnos
piszkozat vázlat taslak ciornă esborrany zirriborroa черновик чернетка чарнавік чернова нацрт nacrt
osnutek πρόχειρο mustand juodraštis melnraksts drög konsep drafft abbozz qaralama skicë жоба nháp
טיוטה مسودة ร่าง 下書き 초안 草稿
""",
    "invoiced": """
invoiced posted billed gebucht verbucht fakturiert berechnet facturé facturée comptabilisé
facturado facturada contabilizado fatturato fatturata contabilizzato faturado faturada gefactureerd
geboekt zafakturowane zafakturowany zaksięgowane vyfakturováno vyfakturované zaúčtováno zaúčtované
fakturerad fakturerat bokförd faktureret bogført fakturert bokført laskutettu kirjattu számlázva
számlázott könyvelt faturalandı faturalanmış facturat facturată comptabilitzat fakturatua проведен
проведено фактуриран фактурирано осчетоводено прокњижено fakturirano fakturisano knjiženo
proknjiženo zaračunano τιμολογημένο τιμολογήθηκε καταχωρημένο arveldatud konteeritud išrašyta
apskaityta grāmatots reikningsfært bókað gefaktureer faturuar fakturalandı ffakturat anfonebwyd
difakturkan נרשם חויב مفوترة مرحل 請求済 売上済 計上済 청구완료 已开票 已開票 已过账
""",
    "closed": """
closed geschlossen abgeschlossen fermé fermée clôturé clôturée terminé terminée cerrado cerrada
chiuso chiusa fechado fechada concluído concluída gesloten afgerond zamknięte zamknięta zakończone
uzavřeno uzavřená uzavreté uzavretá stängd avslutad lukket afsluttet avsluttet suljettu päättynyt
lezárt lezárva kapandı tamamlandı închis închisă tancat tancada itxita закрыт закрыта закрыто
завершено зачынена закрита приключена затворена zatvoreno zaključeno κλειστή κλειστό ολοκληρωμένη
ολοκληρώθηκε suletud lõpetatud uždaryta slēgts lokað gesluit mbyllur bağlandı жабық magħluq caewyd
ditutup selesai סגור סגורה مغلقة مغلق クローズ 完了 종료 완료 已关闭 已完成
finalizado finalizada completado completada concluso conclusa completato completata utført
fullført fuldført klart valmis suoritettu gereed voltooid afgehandeld zrealizowane zrealizowana
zrealizowany dokončeno dokončená dokončené vyřízeno vyřízená vybavené teljesítve teljesített
finalizat finalizată kapalı kapatıldı выполнен выполнена выполнено виконано изпълнена завершен
завершена završeno οριστικοποιήθηκε täidetud įvykdyta įvykdytas izpildīts izpildīta lokið
përfunduar tamamlanıb completed erledigt completé clos close achevé achevée uzavřený zamknięty
färdig ferdig avslutat avsluttede thànhcông реализовано реализована реализован
""",
    "delivered": """
shipped delivered fulfilled dispatched despatched geliefert teilgeliefert ausgeliefert versendet
versandt verschickt livré livrée expédié expédiée envoyé envoyée entregado entregada enviado
enviada despachado despachada consegnato consegnata evaso evasa spedito spedita inviata entregue
expedido expedida geleverd verzonden uitgeleverd dostarczone dostarczona dostarczony wysłane
wysłana wysłany dodáno dodaná dodané odesláno odeslaná odoslané odoslaná expedováno expedované
doručeno doručené levererad levererat skickad leveret afsendt levert sendt toimitettu lähetetty
leszállítva kiszállítva szállítva teslim sevk livrat livrată expediat expediată lliurat lliurada
отгружен отгружена отгружено доставлен доставлена доставлено поставлено відвантажено доставлений
isporučeno isporučena испоручено dobavljeno dostavljeno odpremljeno παραδόθηκε παραδομένη
παραδομένο εστάλη tarnitud saadetud pristatyta pristatytas išsiųsta piegādāts piegādāta nosūtīts
afhent sent gelewer dorëzuar çatdırılıb жеткізілді dikirim terkirim giao נמסר נשלח סופק تم مسلمة
مشحون مشحونة จัดส่งแล้ว ส่งแล้ว 出荷済 出荷済み 納品済 納品済み 発送済
배송완료 출고완료 납품완료 已发货 已發貨 已出库 已送达
""",
    "paid": """
paid bezahlt beglichen payé payée réglé réglée pagado pagada cobrado cobrada pagato pagata saldato
saldata pago paga betaald voldaan opłacone opłacona opłacony zapłacone zapłacona zapłacony
zaplaceno zaplacená zaplatené zaplatená uhrazeno uhrazená uhradené betald betalt maksettu fizetve
kifizetve kiegyenlítve ödendi plătit plătită pagat оплачен оплачена оплачено сплачено платено
plaćeno plaćena плаћено plačano plačana εξοφλημένο πληρώθηκε tasutud makstud apmokėta apmokėtas
apmaksāts apmaksāta greitt betaal paguar ödənilib dibayar lunas שולם שולמה مدفوع مدفوعة ชำระแล้ว
入金済 入金済み 支払済 결제완료 입금완료 已付款 已收款 已支付
""",
    "accepted": """
accepted approved confirmed angenommen beauftragt genehmigt bestätigt freigegeben accepté acceptée
approuvé approuvée confirmé confirmée validé validée aceptado aceptada aprobado aprobada
confirmado confirmada accettato accettata approvato approvata confermato confermata aceito aceita
aprovado aprovada akkoord geaccepteerd goedgekeurd bevestigd przyjęta przyjęte przyjęty
zaakceptowana zaakceptowane zatwierdzone zatwierdzona potwierdzone přijato přijatá prijaté
schváleno schválená schválené potvrzeno accepterad godkänd bekräftad accepteret godkendt bekræftet
akseptert godkjent bekreftet hyväksytty vahvistettu elfogadott elfogadva jóváhagyva visszaigazolt
onaylandı acceptat acceptată aprobat aprobată confirmat confirmată принят принята принято
согласован подтвержден прийнято підтверджено приета приет потвърдена prihvaćeno prihvaćena
прихваћено sprejeto sprejeta potrjeno αποδεκτή αποδεκτό εγκρίθηκε kinnitatud priimta patvirtinta
pieņemts apstiprināts samþykkt aanvaar pranuar disetujui diterima אושר مقبول مقبولة อนุมัติ 承認済 承諾
승인 승인완료 已接受 已批准 已审核
""",
}
"""Of each state its words, in lower case; accents do not count."""


def _words(state: str) -> set[str]:
    return {plain(word) for word in TABLE[state].split()}


WON, LOST, CANCELLED, OPEN = map(_words, ("won", "lost", "cancelled", "open"))
DRAFT, ACCEPTED = map(_words, ("draft", "accepted"))
SOLD = WON.union(*map(_words, ("invoiced", "delivered", "paid", "closed")))
OVER = SOLD | LOST | CANCELLED
"""A deal in such a state is open no longer."""
KNOWN = {word for state in TABLE for word in _words(state)}
NOT = {"not", "no", "non", "nicht", "false", "не", "nie", "ikke", "inte", "niet", "khong", "belum"}


VOWELS, LONG = "aeiouyаеиоыя", 7
"""Endings in which the forms of a state differ; letters of a word that may have such forms."""
FORMS = {word[:-1]: word for word in sorted(KNOWN) if word[-1] in VOWELS and len(word) >= LONG}
"""Known words without the ending that gender and number change: `анулирано`, `анулирана`."""


def _known(word: str) -> str:
    """Return a word as it is known, whatever its gender and number."""
    if word in KNOWN or len(word) < LONG or word[-1] not in VOWELS:
        return word
    return FORMS.get(word[:-1], word)


def words_of(value: str) -> set[str]:
    """Return a value's words, and two of them that say a state together.

    Of `Not cancelled` and `Non annullato` no single word counts.
    """
    in_it = [_known(word) for word in WORD.findall(plain(value.casefold()).replace("·", ""))]
    together = {first + second for first, second in pairwise(in_it)} & KNOWN
    return together if NOT.intersection(in_it) else {*in_it, *together}
